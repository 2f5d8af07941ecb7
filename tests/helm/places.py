"""Where the chart is, and the values that it is tried with."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm/knowledge-store-gateway"
VALUES = sorted((Path(__file__).parent / "values").glob("*.yaml"))


def values(name: str) -> Path:
    return Path(__file__).parent / "values" / f"{name}.yaml"
