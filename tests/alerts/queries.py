"""What rules and dashboard ask Prometheus for: the metrics, and the labels, of every expression."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILES = ROOT / "helm/knowledge-store-gateway/files"

METRIC = re.compile(r"\b(?:knowledge_gateway|process|python)_[a-z0-9_]+")
_SELECTOR = re.compile(rf"(?<!:)({METRIC.pattern})\{{([^}}]*)\}}")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=|!)")
_RECORDED = re.compile(r"\bjob(?:_provider)?:[a-z0-9_:]+")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FILES / "prometheus-rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FILES / "dashboard.json").read_text())["panels"]
    return found


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield target["expr"]


def metrics(expression: str) -> set[str]:
    """Without those that rules record."""
    return set(METRIC.findall(_RECORDED.sub("", expression)))


def records(expression: str) -> set[str]:
    return set(_RECORDED.findall(expression))


def selected(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric that is narrowed by labels, and their names."""
    for name, inside in _SELECTOR.findall(_RECORDED.sub("", expression)):
        yield name, set(_LABEL.findall(re.sub(r'"[^"]*"', "", inside)))
