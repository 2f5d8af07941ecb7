"""The simulated scale-dex against the OpenAPI document Scale publishes."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.demo import scale_dex_query as query
from gateway.demo.scale_dex import ScaleDex

from .calling import Caller, calling

PUBLISHED = Path(__file__).parents[1] / "data" / "scale-dex.openapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text())
PATH = "/v1/projects/{project_id}/vector-stores"
OPERATION = DOCUMENT["paths"][PATH]["get"]


def check(status: str, answer: Any) -> None:
    """The whole document is the schema, so that its references resolve."""
    place = OPERATION["responses"][status]["content"]["application/json"]["schema"]["$ref"]
    Draft202012Validator(
        {"$ref": place, "components": DOCUMENT["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    ).validate(answer)


async def pages(caller: Caller, **params: Any) -> list[Any]:
    found = [await caller.page(**params)]
    while token := found[-1].get("next_token"):
        found.append(await caller.page(**params, continuation_token=token))
    return found


@pytest.mark.parametrize("end_shown", ["null", "absent"])
async def test_pages_match_the_published_schema(end_shown: str) -> None:
    async with calling(ScaleDex(30, end_shown=end_shown)) as caller:
        found = await pages(caller, page_size=7)
    assert len(found) == 5
    for page in found:
        check("200", page)


async def test_the_schema_check_finds_a_fault() -> None:
    upstream = ScaleDex(3)
    upstream.corpus.insert(engine="faiss")
    async with calling(upstream) as caller:
        page = await caller.page(page_size=9)
    with pytest.raises(Exception, match="faiss"):
        check("200", page)


@pytest.mark.parametrize(
    "params",
    [
        {"page_size": 0, "size": 5000, "engine": "x", "sort_order": "x", "created_at_start": "x"},
        {"continuation_token": "x"},
        {"sort_by": "name"},
    ],
)
async def test_refusals_match_the_published_schema(params: dict[str, Any]) -> None:
    async with calling(ScaleDex(3)) as caller:
        response = await caller.list(**params)
    assert response.status_code == 422
    check("422", response.json())
    assert len(response.json()["detail"]) == len(params)


def declared(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = next(one["schema"] for one in OPERATION["parameters"] if one["name"] == name)
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    reference: str = options[0].get("$ref", "")
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]] if reference else options[0]
    return found


def test_the_declared_parameters_are_those_accepted() -> None:
    names = {one["name"] for one in OPERATION["parameters"] if one["in"] == "query"}
    assert names == {*query.INTEGERS, *query.ENUMS, *query.TIMES, *query.STRINGS, *query.LISTS}
    assert names > set(query.PAGING)
    assert not any(one["required"] for one in OPERATION["parameters"] if one["in"] == "query")


def test_the_declared_bounds_and_values_are_those_applied() -> None:
    for name, bounds in query.INTEGERS.items():
        assert (declared(name)["minimum"], declared(name)["maximum"]) == bounds
    for name, values in query.ENUMS.items():
        assert tuple(declared(name)["enum"]) == values
    assert all(declared(name)["format"] == "date-time" for name in query.TIMES)
    assert all(declared(name) | {"title": ""} == {"type": "string", "title": ""} for name in ("name", "sort_by"))
    assert all(declared(name)["type"] == "array" for name in query.LISTS)
    assert declared("size")["default"] == query.DEFAULT_SIZE
    assert f"Field to sort by ({', '.join(query.SORT_FIELDS)})" in OPERATION["description"]


def test_the_path_and_the_key_headers_are_the_declared_ones() -> None:
    assert ScaleDex().path == PATH
    schemes = DOCUMENT["components"]["securitySchemes"].values()
    assert {scheme["name"] for scheme in schemes} == {"x-api-key", "x-selected-account-id"}
