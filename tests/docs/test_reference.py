"""What the pages say of settings, metrics, problems, alerts and log lines, against the code."""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import yaml
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from gateway.api.problems import PROBLEMS
from gateway.config.entries import ConfigFile
from gateway.core.errors import FailureCode
from gateway.core.events import Event
from gateway.core.options import Options
from gateway.provider.pagination import Pagination
from gateway.telemetry.metrics import PREFIX, Metrics
from scripts.docs_source import DOCS
from scripts.reference import RULES, filled, places, tables

from . import pages

TABLES = tables()
REFERENCES = [page.name for page in sorted(DOCS.glob("*.md")) if places(page.read_text())]
#: where a setting's own section stands on the page
SECTIONS = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", pages.text("settings.md"), re.MULTILINE | re.DOTALL))
#: without which a section cannot be read at all
NEEDED = {"providers.NAME": {"type": "aitronos"}}
RULED = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "alert" in rule]


def sections(model: type[Options], path: str = "") -> Iterator[tuple[str, type[Options]]]:
    """Every class of settings, and where it stands in the file."""
    yield path or "At the top", model
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Options):
                below = f"{name}.NAME" if get_origin(field.annotation) is dict else name
                yield from sections(kind, f"{path}.{below}" if path else below)


def settings(model: type[Options]) -> dict[str, Any]:
    inner = dict(sections(model))
    return {name: field for name, field in model.model_fields.items() if not {name, f"{name}.NAME"} & inner.keys()}


def plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


@pytest.mark.parametrize("page", REFERENCES)
def test_the_tables_are_those_of_the_code(page: str) -> None:
    assert pages.text(page) == filled(pages.text(page), TABLES), "make docs-reference"


def test_every_table_has_its_place() -> None:
    assert sorted(name for page in REFERENCES for name in places(pages.text(page))) == sorted(TABLES)


@pytest.mark.parametrize(("path", "model"), list(sections(ConfigFile)))
def test_every_setting_is_there_with_its_default_and_meaning(path: str, model: type[Options]) -> None:
    """Read back from the page, so that what writes the page is under test too."""
    written = {row[0].strip("`"): row for row in pages.rows(SECTIONS[path])} if settings(model) else {}
    assert written.keys() == settings(model).keys()
    for name, field in settings(model).items():
        _, default, form, meaning = written[name]
        assert meaning == " ".join((field.description or "").split())
        assert meaning
        assert form
        if default.startswith("`"):
            stated = model.model_validate(NEEDED.get(path, {}) | {name: yaml.safe_load(default.strip("`"))})
            assert plain(getattr(stated, name)) == plain(field.default)
        else:
            assert default == ("needed" if is_needed(model, name) else "none")


def is_needed(model: type[Options], name: str) -> bool:
    extra = model.model_config.get("json_schema_extra")
    return model.model_fields[name].is_required() or (isinstance(extra, dict) and name in str(extra.get("required")))


def test_every_label_of_a_metric_is_explained() -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    labels = {
        name for one in registry.collect() if one.name.startswith(PREFIX) for name in vars(one).get("_labelnames", ())
    }
    explained = {name for row in pages.rows(pages.section("metrics.md", "Labels")) for name in pages.words(row[0])}
    assert labels <= explained


def literals(field: str) -> set[str]:
    """What an event's field of this name may say."""
    hints = [get_type_hints(event).get(field) for event in get_args(Event)]
    return {value for hint in hints for value in get_args(hint) if isinstance(value, str)}


@pytest.mark.parametrize("label", ["completeness", "source", "tier", "state", "outcome"])
def test_every_value_of_a_label_is_named(label: str) -> None:
    assert literals(label)
    assert literals(label) <= set(pages.words(pages.section("metrics.md", "Labels")))


def test_every_problem_has_a_section_that_says_what_it_means_and_what_to_do() -> None:
    headings = pages.headings(DOCS / "problems.md")
    assert [heading for heading in headings if heading in PROBLEMS] == list(PROBLEMS)
    for slug in PROBLEMS:
        said = pages.section("problems.md", slug)
        assert said.index("**Means.** ") < said.index("**Do.** ")


def test_every_failure_code_is_explained() -> None:
    written = [row[0].strip("`") for row in pages.rows(pages.section("problems.md", "Failure codes"))]
    assert written == [code.value for code in FailureCode]


def test_every_alert_has_a_severity_a_summary_and_a_runbook_entry() -> None:
    written = {pages.words(row[0])[0]: row for row in pages.rows(pages.text("alerts.md"))}
    assert written.keys() == {rule["alert"] for rule in RULED}
    for rule in RULED:
        assert written[rule["alert"]][1] == rule["labels"]["severity"]
        parts = rule["annotations"]["summary"].split("{{ $labels.provider }}")
        assert re.fullmatch("[Aa] provider".join(map(re.escape, parts)), written[rule["alert"]][3])
        assert {"Means", "Costs", "Look", "Do"} <= set(
            re.findall(r"\*\*(\w+)\.\*\*", pages.section("runbook.md", rule["alert"]))
        )


def test_every_pagination_style_and_its_ends_are_there() -> None:
    styles = {}
    for model in get_args(get_args(Pagination)[0]):
        end = model.model_fields.get("end")
        kinds = get_args(end.annotation) or (end.annotation,) if end else ()
        styles[get_args(model.model_fields["style"].annotation)[0]] = {
            get_args(kind.model_fields["rule"].annotation)[0] for kind in kinds
        }
    written = {
        row[0].strip("`"): set(pages.words(row[2])) for row in pages.rows(pages.section("providers.md", "Styles"))
    }
    assert written == styles
