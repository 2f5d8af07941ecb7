import asyncio
from typing import Any

import pytest

from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.upstream import Upstream

from .calling import calling


@pytest.mark.parametrize("make", [Aitronos, ScaleDex, B3os])
async def test_the_door_shows_everything(make: type[Aitronos | ScaleDex | B3os]) -> None:
    upstream: Upstream = make(5)
    async with calling(upstream) as caller:
        shown = (await caller.client.get("/_demo")).json()
    assert (shown["name"], shown["items"]) == (upstream.name, 5)
    assert shown["options"]["order"] in {"insertion", "newest"}
    assert shown["faults"] == {
        "latency": 0.0, "jitter": 0.0, "hang": False, "status": None, "retry_after": None, "body": None,
        "drop": None, "skip": 0, "only_next": None, "probability": 1.0,
    }  # fmt: skip
    assert shown["calls"] == {"total": 0, "in_flight": 0, "peak": 0, "by_status": {}, "recent": []}


async def test_the_door_counts_list_calls() -> None:
    upstream = Aitronos(5)
    headers = {"x-request-id": "r-1", "user-agent": "me/1", "cookie": "a=b"}
    async with calling(upstream) as caller:
        await caller.client.get(caller.path, params=[("limit", "3"), ("x", "1"), ("x", "2")], headers=headers)
        await caller.list(limit=0)
        calls = (await caller.client.get("/_demo")).json()["calls"]
        reset = await caller.client.post("/_demo/reset-calls")
        after = (await caller.client.get("/_demo")).json()["calls"]
    assert (calls["total"], calls["in_flight"], calls["by_status"]) == (2, 0, {"200": 1, "422": 1})
    assert calls["recent"][0] == {
        "method": "GET",
        "path": caller.path,
        "query": [["limit", "3"], ["x", "1"], ["x", "2"]],
        "x_request_id": "r-1",
        "user_agent": "me/1",
        "cookies": True,
        "status": 200,
        "items": 3,
    }
    assert (calls["recent"][1]["cookies"], calls["recent"][1]["x_request_id"]) == (False, None)
    assert (reset.status_code, after["total"], after["recent"]) == (204, 0, [])
    assert "authorization" not in str(calls).lower()


async def test_the_log_is_bounded() -> None:
    upstream = Aitronos(1)
    async with calling(upstream) as caller:
        for _ in range(1005):
            await caller.list()
        shown = (await caller.client.get("/_demo")).json()["calls"]
    assert (upstream.calls.total, len(upstream.calls.recent), len(shown["recent"])) == (1005, 1000, 20)


async def test_everything_can_be_changed_at_once() -> None:
    upstream = Aitronos(5)
    changes = {"items": 8, "options": {"max_limit": 2, "total": "null"}, "faults": {"status": 503, "only_next": 1}}
    async with calling(upstream) as caller:
        shown = (await caller.client.patch("/_demo", json=changes)).json()
        assert (await caller.list()).status_code == 503
        assert (await caller.page(limit=2))["total"] is None
    assert (shown["items"], shown["options"]["max_limit"], shown["faults"]["status"]) == (8, 2, 503)
    assert len(upstream.corpus) == 8


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size": 3}, "size"),
        ({"items": -1}, "items"),
        ({"items": "3"}, "items"),
        ({"items": True}, "items"),
        ({"options": []}, "options"),
        ({"options": {"color": "red"}}, "options.color"),
        ({"options": {"order": "sideways"}}, "options.order"),
        ({"options": {"order": None}}, "options.order"),
        ({"options": {"max_limit": 0}}, "options.max_limit"),
        ({"options": {"max_limit": 1.5}}, "options.max_limit"),
        ({"faults": {"latency": -1}}, "faults.latency"),
        ({"faults": {"latency": True}}, "faults.latency"),
        ({"faults": {"status": 200}}, "faults.status"),
        ({"faults": {"status": "500"}}, "faults.status"),
        ({"faults": {"probability": 1.1}}, "faults.probability"),
        ({"faults": {"hang": 1}}, "faults.hang"),
        ({"faults": {"body": "poem"}}, "faults.body"),
        ({"faults": {"_hanging": []}}, "faults._hanging"),
        ([], "body"),
    ],
)
async def test_a_bad_change_names_its_field_and_changes_nothing(changes: Any, field: str) -> None:
    upstream = Aitronos(5)
    async with calling(upstream) as caller:
        before = (await caller.client.get("/_demo")).json()
        good = {"options": {"total": "null"}, "faults": {"skip": 3}, "items": 9}
        mixed = good | changes if isinstance(changes, dict) else changes
        response = await caller.client.patch("/_demo", json=mixed)
        assert (await caller.client.get("/_demo")).json() == before
    assert response.status_code == 400
    assert response.json()["error"]["field"] == field
    assert response.json()["error"]["message"]


async def test_a_body_that_is_not_json() -> None:
    async with calling(Aitronos(5)) as caller:
        response = await caller.client.patch("/_demo", content=b"{oops")
    assert (response.status_code, response.json()["error"]["field"]) == (400, "body")


async def test_hanging_calls_are_released_through_the_door() -> None:
    upstream = Aitronos(1)
    async with calling(upstream) as caller:
        await caller.client.patch("/_demo", json={"faults": {"hang": True}})
        call = asyncio.create_task(caller.list())
        await upstream.calls.until_in_flight(1)
        assert (await caller.client.get("/_demo")).json()["calls"]["in_flight"] == 1
        await caller.client.patch("/_demo", json={"faults": {"hang": False}})
        assert (await call).status_code == 200


async def test_items_come_and_go() -> None:
    upstream = B3os(3)
    own = upstream.corpus.ids()
    async with calling(upstream) as caller:
        named = await caller.client.post("/_demo/items", json={"at": 1, "fields": {"title": "Mine"}})
        last = await caller.client.post("/_demo/items")
        gone = await caller.client.delete("/_demo/items/0")
    assert [answer.status_code for answer in (named, last, gone)] == [201, 201, 200]
    assert (named.json()["index"], named.json()["item"]["title"]) == (1, "Mine")
    assert (last.json()["index"], gone.json()["item"]["id"]) == (4, own[0])
    assert upstream.corpus.ids() == [named.json()["item"]["id"], *own[1:], last.json()["item"]["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"at": 9}, "at"),
        ({"at": "0"}, "at"),
        ({"fields": 3}, "fields"),
        ({"fields": {"created_at": "soon"}}, "fields"),
        ({"fields": {"at": 1}}, "fields"),
        ({"count": 1}, "count"),
    ],
)
async def test_a_bad_item_is_refused(body: Any, field: str) -> None:
    upstream = Aitronos(3)
    async with calling(upstream) as caller:
        response = await caller.client.post("/_demo/items", json=body)
    assert (response.status_code, response.json()["error"]["field"]) == (400, field)
    assert len(upstream.corpus) == 3


async def test_there_is_no_such_item() -> None:
    async with calling(Aitronos(3)) as caller:
        assert (await caller.client.delete("/_demo/items/3")).status_code == 404
        assert (await caller.client.delete("/_demo/items/-1")).status_code == 404
