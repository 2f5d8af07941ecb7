"""The alerts in Prometheus' own hands: the rules are well formed, and fire and resolve on what real faults produced."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / "helm/knowledge-store-gateway/files/prometheus-rules.yaml"
CAPTURED = sorted((ROOT / "tests/alerts").glob("*.yaml"))


def promtool(*arguments: str) -> str:
    """What it finds wrong."""
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_rules_are_well_formed() -> None:
    assert promtool("check", "rules", "--lint=all", "--lint-fatal", str(RULES)) == ""


@pytest.mark.parametrize("path", CAPTURED, ids=lambda path: path.stem)
def test_alerts_fire_during_the_fault_and_resolve_after_it(path: Path) -> None:
    assert promtool("test", "rules", str(path)) == ""
