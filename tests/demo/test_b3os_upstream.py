from datetime import datetime
from typing import Any

import pytest

from gateway.demo.b3os import B3os
from gateway.demo.shapes import SOURCE_TYPES

from .calling import Caller, calling, ids

FIELDS = {
    "content", "createdAt", "id", "lastAccessedAt", "metadata", "organizationId", "pinned", "sourceId",
    "sourceType", "title", "updatedAt",
}  # fmt: skip


async def walk(caller: Caller, limit: int, **params: Any) -> list[str]:
    found: list[str] = []
    while True:
        page = await caller.page(offset=len(found), limit=limit, **params)
        found += ids(page["items"])
        if not page["hasMore"]:
            return found


@pytest.mark.parametrize("limit", [1, 7, 100])
@pytest.mark.parametrize("size", [0, 1, 14, 21])
async def test_a_walk_meets_every_entry_once(size: int, limit: int) -> None:
    upstream = B3os(size, order="insertion")
    async with calling(upstream) as caller:
        assert await walk(caller, limit) == upstream.corpus.ids()


@pytest.mark.parametrize("size", [100, 200, 201])
async def test_a_walk_over_exact_multiples_of_the_largest_page(size: int) -> None:
    upstream = B3os(size, order="insertion")
    async with calling(upstream) as caller:
        assert await walk(caller, 100) == upstream.corpus.ids()
    assert upstream.calls.total == -(-size // 100)


async def test_the_documented_answer() -> None:
    async with calling(B3os(60)) as caller:
        page = await caller.page()
    assert page.keys() == {"hasMore", "items", "limit", "offset"}
    assert (page["hasMore"], page["limit"], page["offset"], len(page["items"])) == (True, 50, 0, 50)
    assert all(item.keys() == FIELDS for item in page["items"])


@pytest.mark.parametrize("source_type", SOURCE_TYPES)
async def test_the_source_type_filter(source_type: str) -> None:
    upstream = B3os(60, order="insertion")
    expected = [item.id for item in upstream.corpus if item.fields["sourceType"] == source_type]
    async with calling(upstream) as caller:
        assert await walk(caller, 7, source_type=source_type) == expected
    assert expected


@pytest.mark.parametrize(("ways", "status", "count"), [("empty", 200, 0), ("ignore", 200, 9), ("refuse", 400, 0)])
async def test_ways_with_an_unknown_source_type(ways: str, status: int, count: int) -> None:
    upstream = B3os(9, unknown_source_type=ways)
    async with calling(upstream) as caller:
        response = await caller.list(source_type="dream")
    assert response.status_code == status
    assert upstream.calls.recent[-1].items == count


async def test_errors_in_the_envelope() -> None:
    async with calling(B3os(1)) as caller:
        lost = await caller.client.get("/v1/organizations/other/knowledge")
        number = await caller.list(limit="many")
        caller.client.headers["authorization"] = "Bearer wrong"
        wrong = await caller.list()
        del caller.client.headers["authorization"]
        missing = await caller.list()
    answers = [lost, number, wrong, missing]
    assert [answer.status_code for answer in answers] == [404, 400, 401, 401]
    assert [answer.json()["error"]["code"] for answer in answers] == [
        "NOT_FOUND",
        "BAD_REQUEST",
        "UNAUTHORIZED",
        "UNAUTHORIZED",
    ]
    assert all(answer.json().keys() == {"success", "error"} for answer in answers)
    assert all(answer.json()["error"].keys() == {"message", "code"} for answer in answers)


async def test_too_many_requests_say_when_to_come_back() -> None:
    upstream = B3os(1)
    upstream.faults.status, upstream.faults.retry_after = 429, "3"
    async with calling(upstream) as caller:
        response = await caller.list()
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")
    assert response.json()["error"]["code"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    ("options", "asked", "used"),
    [
        ({}, {"limit": 1000}, 100),
        ({"max_limit": 30}, {"limit": 100}, 30),
        ({"max_limit": 30}, {}, 30),
        ({"max_limit": None}, {"limit": 1000}, 150),
        ({"default_limit": 20}, {}, 20),
        ({}, {"limit": 0}, 1),
        ({}, {"offset": -9, "limit": 5}, 5),
    ],
)
async def test_clamping(options: dict[str, Any], asked: dict[str, int], used: int) -> None:
    async with calling(B3os(150, **options)) as caller:
        page = await caller.page(**asked)
    assert len(page["items"]) == used
    assert page["offset"] == 0


@pytest.mark.parametrize("asked", [{"limit": 101}, {"limit": 0}, {"offset": -1}])
async def test_or_refusing(asked: dict[str, int]) -> None:
    async with calling(B3os(150, out_of_range="refuse")) as caller:
        assert (await caller.list(**asked)).status_code == 400


async def test_the_echo_of_a_clamped_limit() -> None:
    upstream = B3os(150)
    async with calling(upstream) as caller:
        assert (await caller.page(limit=500))["limit"] == 100
        upstream.options.echo = "asked"
        assert (await caller.page(limit=500))["limit"] == 500


async def test_the_wrapped_forms() -> None:
    upstream = B3os(5)
    async with calling(upstream) as caller:
        plain = await caller.page(limit=3)
        upstream.options.wrap = "data_object"
        assert await caller.page(limit=3) == {"success": True, "data": plain}
        upstream.options.wrap = "data_list"
        assert await caller.page(limit=3) == {"success": True, "data": plain["items"], "hasMore": True}
        upstream.options.wrap = "list"
        assert await caller.page(limit=3) == plain["items"]
    assert plain["hasMore"] is True


@pytest.mark.parametrize(
    ("ways", "flags"),
    [("right", [True, False]), ("when_full", [True, True]), ("always", [True, True]), ("absent", ["-", "-"])],
)
async def test_ways_to_tell_the_end(ways: str, flags: list[Any]) -> None:
    async with calling(B3os(8, has_more=ways)) as caller:
        pages = [await caller.page(offset=offset, limit=4) for offset in (0, 4)]
    assert [page.get("hasMore", "-") for page in pages] == flags


async def test_newest_first_unless_told_otherwise() -> None:
    upstream = B3os(30)
    async with calling(upstream) as caller:
        times = [datetime.fromisoformat(item["createdAt"]) for item in (await caller.page())["items"]]
        assert times == sorted(times, reverse=True)
        upstream.options.order = "oldest"
        times = [datetime.fromisoformat(item["createdAt"]) for item in (await caller.page())["items"]]
        assert times == sorted(times)
