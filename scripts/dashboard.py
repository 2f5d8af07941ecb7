"""``python -m scripts.dashboard``: the Grafana dashboard for whoever is on call, out of dashboard.yaml."""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import yaml

PANELS = Path(__file__).with_suffix(".yaml")
PLACE = Path("helm/knowledge-store-gateway/files/dashboard.json")

WIDTH, HEIGHT, ACROSS = 8, 7, 3
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'job=~"$job", instance=~"$instance"'
SHORTHANDS = {
    "OF_PROVIDER": f'{CHOSEN}, provider=~"$provider"',
    "OF_PAGES": f'{CHOSEN}, route="/v1/knowledge-stores"',
    "WHERE": CHOSEN,
}
TYPES = {"stacked": "timeseries", "states": "state-timeline"}


def dashboard() -> dict[str, Any]:
    return {
        "uid": "knowledge-store-gateway",
        "title": "Knowledge-store gateway",
        "description": "Pages over a merge of several providers: who is slow, who fails, and what clients see of it.",
        "tags": ["knowledge-store-gateway"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "",
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "links": [],
        "panels": list(_panels(yaml.safe_load(PANELS.read_text()))),
    }


def _variables() -> list[dict[str, Any]]:
    job = 'job=~"$job"'
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        _variable("job", "Job", "label_values(knowledge_gateway_build_info, job)"),
        _variable("instance", "Instance", f"label_values(knowledge_gateway_build_info{{{job}}}, instance)"),
        _variable("provider", "Provider", f"label_values(knowledge_gateway_upstream_calls_total{{{job}}}, provider)"),
    ]


def _variable(name: str, label: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def _panels(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    numbers, y = count(1), 0
    for title, panels in rows.items():
        whole = {"h": 1, "w": WIDTH * ACROSS, "x": 0, "y": y}
        yield {"id": next(numbers), "type": "row", "title": title, "collapsed": False, "gridPos": whole, "panels": []}
        for index, panel in enumerate(panels):
            place = {"h": HEIGHT, "w": WIDTH, "x": index % ACROSS * WIDTH, "y": y + 1 + index // ACROSS * HEIGHT}
            yield {"id": next(numbers), "gridPos": place} | _panel(**panel)
        y += 1 - len(panels) // -ACROSS * HEIGHT


def _panel(
    *,
    title: str,
    queries: Mapping[str, str],
    kind: str = "timeseries",
    unit: str = "short",
    meaning: str = "",
    limit: float | None = None,
) -> dict[str, Any]:
    type_ = TYPES.get(kind, kind)
    lines = type_ == "timeseries"
    return {
        "type": type_,
        "title": title,
        "description": meaning,
        "datasource": DATASOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "min": 0,
                "color": {"mode": "palette-classic" if lines else "thresholds"},
                "thresholds": {"mode": "absolute", "steps": _steps(limit)},
                "custom": _drawn(stacked=kind == "stacked", limited=limit is not None) if lines else {},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if lines else {},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": _written(query), "legendFormat": legend}
            for index, (legend, query) in enumerate(queries.items())
        ],
    }


def _steps(limit: float | None) -> list[dict[str, Any]]:
    green = {"color": "green", "value": None}
    return [green] if limit is None else [green, {"color": "red", "value": limit}]


def _drawn(*, stacked: bool, limited: bool) -> dict[str, Any]:
    return {
        "fillOpacity": 20 if stacked else 5,
        "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if limited else "off"},
    }


def _written(query: str) -> str:
    for short, long in SHORTHANDS.items():
        query = query.replace(short, long)
    return query


def written() -> str:
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written())
