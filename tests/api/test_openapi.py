"""The description for machines: valid, and true."""

import copy
from typing import Any

import pytest
from jsonschema import ValidationError
from openapi_spec_validator import validate

from gateway.api.options import ServerOptions
from gateway.api.problems import PROBLEMS
from gateway.api.stores import PATH
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.page import Origin
from tests.api.schemas import Judge
from tests.api.serving import ACME, Served, serving, shown


async def document(served: Served) -> Any:
    answer = await served.client.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


async def test_the_document_is_valid(served: Served) -> None:
    validate(await document(served))


async def test_it_is_answered_without_a_key(served: Served) -> None:
    assert (await served.client.get("/openapi.json")).content == (await served.get(path="/openapi.json")).content


async def test_it_describes_what_this_server_is_set_to() -> None:
    async with serving(options=ServerOptions(port=0, base_path="/knowledge", max_timeout=12.5)) as served:
        described = await document(served)
    (timeout,) = [one for one in described["paths"][PATH]["get"]["parameters"] if one["name"] == "timeout"]
    assert (described["servers"], timeout["schema"]["maximum"]) == ([{"url": "/knowledge"}], 12.5)


async def test_every_status_of_a_problem_is_described(served: Served) -> None:
    described = (await document(served))["paths"][PATH]["get"]["responses"]
    assert set(described) == {"200", "304", "504", *(str(status) for status, _ in PROBLEMS.values())}


async def test_every_word_of_a_parameter_is_taken(served: Served) -> None:
    for parameter in (await document(served))["paths"][PATH]["get"]["parameters"]:
        schema = parameter["schema"]
        kind = "boolean" if parameter["name"] == "strict" else None
        words = schema.get("enum") or ["true", "false"] if kind else schema.get("enum", [])
        for word in [*words, *(str(schema[bound]) for bound in ("minimum", "maximum", "default") if bound in schema)]:
            assert (await served.get({parameter["name"]: word.lower()})).status_code == 200


async def judge(served: Served) -> Judge:
    return Judge(await document(served))


@pytest.mark.parametrize("query", ["", "limit=1", "include=raw", "provider=aitronos", "strict=true"])
async def test_pages_are_as_described(served: Served, query: str) -> None:
    judging = await judge(served)
    while query is not None:
        answer = await served.get(query)
        judging.check(answer.status_code, answer.headers["content-type"], answer.json())
        query = answer.headers.get("link", "").partition(">")[0].partition("?")[2] or None  # type: ignore[assignment]


async def test_full_items_are_as_described(served: Served) -> None:
    served.world.acme["aitronos"].rows[0].value = {
        "id": 7, "name": "n", "description": "d", "is_active": True, "created_at": "2024-01-15T10:30:00.5+02:00",
        "updated_at": "2024-01-15", "file_count": "12", "data_size": 2**62, "slice_id": {"a": [1, None]}, "more": 1e300,
    }  # fmt: skip
    answer = await served.get("include=raw")
    (await judge(served)).check(200, answer.headers["content-type"], answer.json())
    assert answer.json()["items"][1]["status"] == "active"


@pytest.mark.parametrize("code", FailureCode)
async def test_a_failed_provider_is_as_described(served: Served, code: FailureCode) -> None:
    judging = await judge(served)
    served.world.origins["aitronos"] = Origin("redis", age=5, stale=True)
    served.world.acme["scale-dex"].rows[0].value = "no object"
    served.world.fail(UpstreamError(code, "x", status=500, retry_after=1.5), "7up")
    for query in ["", "strict=true"]:
        answer = await served.get(query)
        judging.check(answer.status_code, answer.headers["content-type"], answer.json())
    served.world.fail(UpstreamError(code, "x", retry_after=0.0))
    cursor: dict[str, str] = {}
    for _ in range(3):
        answer = await served.get(cursor)
        judging.check(answer.status_code, answer.headers["content-type"], answer.json())
        cursor = {"cursor": answer.json().get("next_cursor")}


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("limit=0", {}, 400),
        ("kind=x", {}, 400),
        ("cursor=x", {}, 400),
        ("", {"accept": "text/html"}, 406),
        ("", {"authorization": "Bearer wrong"}, 401),
        ("", {"x-large": "x" * 40_000}, 431),
    ],
    ids=shown,
)
async def test_problems_are_as_described(served: Served, query: str, headers: dict[str, str], status: int) -> None:
    answer = await served.client.get(f"{PATH}?{query}", headers=ACME | headers)
    assert answer.status_code == status
    (await judge(served)).check(status, answer.headers["content-type"], answer.json())


@pytest.mark.parametrize(("method", "path", "status"), [("POST", PATH, 405), ("GET", "/elsewhere", 404)])
async def test_problems_elsewhere_are_as_described(served: Served, method: str, path: str, status: int) -> None:
    answer = await served.client.request(method, path)
    assert answer.status_code == status
    (await judge(served)).check(status, answer.headers["content-type"], answer.json())


async def test_a_fault_of_our_own_is_as_described(served: Served) -> None:
    served.world.fail(RuntimeError("x"))
    answer = await served.get()
    (await judge(served)).check(500, answer.headers["content-type"], answer.json())


@pytest.mark.parametrize("place", ["page", "item", "report"])
async def test_the_judge_sees_what_is_not_described(served: Served, place: str) -> None:
    judging, page = await judge(served), (await served.get()).json()
    judging.check(200, "application/json", copy.deepcopy(page))
    {"page": page, "item": page["items"][0], "report": page["providers"][0]}[place]["surprise"] = 1
    with pytest.raises(ValidationError, match="surprise"):
        judging.check(200, "application/json", page)
