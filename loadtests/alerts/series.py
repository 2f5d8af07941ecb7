"""Scrapes as the input of promtool, on a time axis of a minute a scrape, and what is expected of the alerts.

Values are as they were scraped. Only the axis is stretched: a fault that lasted some seconds is seen as half an hour.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families as parse

from gateway.api.stores import PATH

RULES = Path("helm/knowledge-store-gateway/files/prometheus-rules.yaml")
_NAME = re.compile(r"\b(?:job_provider|job):[a-z0-9_:]+|\b(?:knowledge_gateway|process)_[a-z0-9_]+")


@dataclass
class Recording:
    """``series``: by name and labels, the number of the scrape and the value."""

    series: dict[str, dict[int, float]] = field(default_factory=dict)
    scrapes: int = 0

    def add(self, expositions: Mapping[str, str], names: set[str]) -> None:
        """One scrape of every instance that answered."""
        for instance, text in expositions.items():
            for family in parse(text):
                for sample in family.samples:
                    if sample.name in names and sample.labels.get("route", PATH) == PATH:
                        labels = {**sample.labels, "job": "gateway", "instance": instance}
                        self.series.setdefault(_written(sample.name, labels), {})[self.scrapes] = sample.value
        self.scrapes += 1

    def input_series(self) -> list[dict[str, str]]:
        return [
            {"series": name, "values": " ".join(_runs(values.get(at) for at in range(self.scrapes)))}
            for name, values in sorted(self.series.items())
        ]


def _written(name: str, labels: Mapping[str, str]) -> str:
    inside = ", ".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}"


def _runs(values: Iterable[float | None]) -> Iterable[str]:
    """As promtool reads them: ``7x3`` is a 7 and three more; ``_`` is a scrape that was not answered."""
    for value, group in groupby(values):
        more = len(list(group)) - 1
        if value is None:
            yield f"_x{more + 1}"
        else:
            yield f"{value:.10g}" + (f"x{more}" if more else "")


def needed(alerts: Iterable[str]) -> set[str]:
    """The metrics that these alerts are made of."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = {rule.get("alert") or rule["record"]: rule["expr"] for group in groups for rule in group["rules"]}
    found: set[str] = set()
    asked = list(alerts)
    while asked:
        for name in set(_NAME.findall(rules[asked.pop()])) - found:
            found.add(name)
            if name in rules:
                asked.append(name)
    return found


def expectation(alert: str, minute: int, providers: Sequence[str]) -> dict[str, Any]:
    """That the alert fires at that minute, once for each of these (one without a provider: ``""``), and no other."""
    return {
        "expr": f'count by (provider) (ALERTS{{alertname="{alert}", alertstate="firing"}})',
        "eval_time": f"{minute}m",
        "exp_samples": [
            {"labels": f'{{provider="{name}"}}' if name else "{}", "value": 1} for name in sorted(providers)
        ],
    }


def promtool_test(story: str, recording: Recording, expected: Sequence[dict[str, Any]]) -> str:
    content = {
        "rule_files": [f"../../{RULES}"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "name": story,
                "interval": "1m",
                "input_series": recording.input_series(),
                "promql_expr_test": list(expected),
            }
        ],
    }
    said = "# Written by `python -m loadtests.alerts`: scraped from the gateway during the fault. Do not edit.\n"
    return said + yaml.safe_dump(content, sort_keys=False, width=4096)
