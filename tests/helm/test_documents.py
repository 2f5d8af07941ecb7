"""What is made of values.yaml, and what the chart states about the gateway."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from gateway import __version__
from gateway.cache.options import CacheOptions
from gateway.config.cursor_keys import decode
from gateway.provider import catalog
from scripts.chart_documents import documents, entries

from .places import CHART, VALUES, values

TEXT = (CHART / "values.yaml").read_text()
REFUSALS = (CHART / "templates/_refusals.tpl").read_text()
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


@pytest.mark.parametrize("name", sorted(documents()))
def test_what_is_made_of_the_values_is_up_to_date(name: str) -> None:
    assert (CHART / name).read_text() == documents()[name], "make chart"


def test_every_value_says_what_it_means() -> None:
    assert [".".join(entry.path) for entry in entries(TEXT) if not entry.meaning and not entry.is_section] == []


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_the_schema_admits_the_values_that_are_right(path: Path) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(yaml.safe_load(path.read_text()))


def test_the_schema_admits_the_defaults() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(yaml.safe_load(TEXT))


def test_every_section_of_the_schema_is_closed() -> None:
    """So that a slip in typing is an error."""
    sections = [entry.path for entry in entries(TEXT) if entry.is_section]
    for path in sections:
        part = SCHEMA
        for name in path:
            part = part["properties"][name]
        assert part["additionalProperties"] is False, path


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__


def test_built_in_types_are_reached_on_port_443() -> None:
    """As the network policy supposes where an entry has no base_url."""
    urls = [catalog.spec(name).base_url for name in catalog.names()]
    assert [url for url in urls if url and not re.match(r"https://[^/:]+(/|$)", url)] == []


def test_the_memory_that_the_chart_counts_with_is_the_gateway_s_default() -> None:
    stated = re.search(r'default "(\d+)MiB" \(get \(default dict \.Values\.config\.cache\) "memory"', REFUSALS)
    assert stated
    assert int(stated[1]) * 1024**2 == CacheOptions().memory


def test_the_values_with_a_cursor_key_have_a_good_one() -> None:
    created = yaml.safe_load(values("created-secret").read_text())
    assert decode(created["secrets"]["values"]["GATEWAY_CURSOR_KEY"])
