"""Writes those tables of the documentation that the code decides: settings, metrics, problems and alerts.

A page keeps a place for each between ``<!-- reference: NAME -->`` and ``<!-- end -->``; ``python -m scripts.reference``
fills them in. What stands around them is written by hand.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry, Metric

from gateway.api.problems import PROBLEMS
from gateway.telemetry.metrics import PREFIX, Metrics
from scripts.settings import settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RULES = ROOT / "helm/knowledge-store-gateway/files/prometheus-rules.yaml"

_PLACE = re.compile(r"(<!-- reference: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PROVIDER = re.compile(r"(^)?\{\{ \$labels\.provider \}\}")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(header), *map(list, rows)]
    lines = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([lines[0], "|---" * len(cells[0]) + "|", *lines[1:]])


def metrics(*, own: bool) -> str:
    """Of the gateway's own names, or of those that every Python process has."""
    registry = CollectorRegistry()
    Metrics(registry)
    families = [one for one in registry.collect() if one.name.startswith(PREFIX) is own]
    rows = [[f"`{_exposed(one)}`", one.type, _labels(one), one.documentation] for one in families]
    return table(["metric", "type", "labels", "meaning"], rows)


def _exposed(family: Metric) -> str:
    return family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")


def _labels(family: Metric) -> str:
    """A family that has no series yet knows its labels all the same, but does not say them publicly."""
    named = vars(family).get("_labelnames") or dict.fromkeys(name for one in family.samples for name in one.labels)
    return ", ".join(f"`{name}`" for name in named)


def problems() -> str:
    rows = [[f"[`{slug}`](#{slug})", str(status), title] for slug, (status, title) in PROBLEMS.items()]
    return table(["`type`, behind the prefix", "status", "title"], rows)


def alerts() -> str:
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    rows = [_alert(rule) for rule in rules if "alert" in rule]
    return table(["alert", "severity", "after", "summary"], rows)


def _alert(rule: dict[str, str | dict[str, str]]) -> Iterator[str]:
    name, labels, annotations = rule["alert"], rule["labels"], rule["annotations"]
    assert isinstance(name, str)
    assert isinstance(labels, dict)
    assert isinstance(annotations, dict)
    yield f"[`{name}`](runbook.md#{name.lower()})"
    yield labels["severity"]
    yield str(rule.get("for", "at once"))
    yield _PROVIDER.sub(lambda found: "a provider" if found[1] is None else "A provider", annotations["summary"])


def tables() -> dict[str, str]:
    return {
        "settings": settings(),
        "metrics": metrics(own=True),
        "process-metrics": metrics(own=False),
        "problems": problems(),
        "alerts": alerts(),
    }


def filled(text: str, tables: dict[str, str]) -> str:
    """A page with its tables as they ought to be."""
    return _PLACE.sub(lambda found: f"{found[1]}\n{tables[found[2]]}\n\n{found[3]}", text)


def places(text: str) -> list[str]:
    """Names of the tables that a page has a place for."""
    return [found[2] for found in _PLACE.finditer(text)]


if __name__ == "__main__":
    made = tables()
    for page in DOCS.glob("*.md"):
        page.write_text(filled(page.read_text(), made))
