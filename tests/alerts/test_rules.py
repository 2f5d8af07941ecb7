"""Rules and dashboard ask for what the service says, and every alert is explained and tested."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as parse

from gateway.config import load
from gateway.service import bound, serving
from gateway.telemetry.metrics import Metrics
from scripts.dashboard import written
from tests.alerts.queries import FILES, ROOT, alerts, expressions, metrics, panels, recorded, records, selected
from tests.functional.world import world
from tests.telemetry.samples import EVENTS

#: what Prometheus adds to every series
ADDED = {"job", "instance", "namespace"}
RUNBOOK = ROOT / "docs/runbook.md"
CAPTURED = sorted((ROOT / "tests/alerts").glob("*.yaml"))

Labels = Mapping[str, set[str]]


@pytest.fixture
async def exposed() -> Labels:
    """The labels of every metric in the service's own /metrics, once everything has happened that may."""
    told = Metrics()
    async with world(1, 1, 1) as upstreams:
        with bound("127.0.0.1", 0) as sock:
            port = sock.getsockname()[1]
        config = upstreams.config(server=f"{{port: 0, metrics_port: {port}}}").encode()
        async with (
            serving(load(Path("test.yaml"), environ={}, read=lambda _path, _limit: config), told, told),
            httpx.AsyncClient(trust_env=False) as client,
        ):
            for event in EVENTS:
                told(event)
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return {
        sample.name: {label for one in family.samples for label in one.labels}
        for family in parse(text)
        for sample in family.samples
    }


async def test_every_metric_that_is_asked_for_is_one_of_the_services(exposed: Labels) -> None:
    asked = {name for expression in expressions() for name in metrics(expression)}
    assert len(asked) > 30
    assert asked - set(exposed) == set()


async def test_every_label_that_a_metric_is_narrowed_by_is_one_that_it_has(exposed: Labels) -> None:
    wrong = [
        (name, sorted(labels - exposed[name] - ADDED))
        for expression in expressions()
        for name, labels in selected(expression)
        if labels - exposed[name] - ADDED
    ]
    assert wrong == []


async def test_the_dashboard_shows_every_metric_of_the_gateway(exposed: Labels) -> None:
    shown = {name for panel in panels() for target in panel.get("targets", ()) for name in metrics(target["expr"])}
    ours = {
        re.sub("_(bucket|sum|count)$", "_bucket", name) for name in exposed if name.startswith("knowledge_gateway_")
    }
    assert ours - shown == set()


def test_every_series_that_an_alert_is_made_of_is_recorded() -> None:
    assert {name for expression in expressions() for name in records(expression)} <= recorded()


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_how_bad_it_is_and_what_to_read(name: str) -> None:
    alert = alerts()[name]
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


def test_the_runbook_has_an_entry_for_each_alert_and_no_other() -> None:
    entries = re.findall(r"^## (KnowledgeGateway\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert entries == list(alerts())


@pytest.mark.parametrize("name", alerts())
def test_a_runbook_entry_says_what_it_means_what_it_costs_where_to_look_and_what_to_do(name: str) -> None:
    entry = RUNBOOK.read_text().partition(f"## {name}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\*\*(\w+)", entry, re.MULTILINE) == ["Means", "Costs", "Look", "Do"]


def test_every_alert_is_seen_firing_and_resolved_on_captured_series() -> None:
    seen: dict[str, list[bool]] = {}
    for path in CAPTURED:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for check in test["promql_expr_test"]:
                (name,) = re.findall(r'alertname="(\w+)"', check["expr"])
                seen.setdefault(name, []).append(bool(check["exp_samples"]))
    assert set(seen) == set(alerts())
    assert {tuple(states[:3]) for states in seen.values()} == {(False, True, False)}


def test_the_dashboard_is_the_one_that_its_panels_make() -> None:
    assert (FILES / "dashboard.json").read_text() == written()


def test_no_two_panels_lie_on_one_another() -> None:
    taken = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(taken) == len(set(taken))
