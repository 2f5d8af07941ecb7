"""The main job: everything that three real APIs hold, through one endpoint, each item exactly once."""

import math
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.functional.world import replica, report, world


@pytest.mark.parametrize("limits", [(1,), (7,), (20,), (100,), (1, 100, 7, 20), (3, 2, 99)], ids=str)
async def test_a_walk_brings_every_store_exactly_once_and_always_in_the_same_order(limits: Sequence[int]) -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        reference = (await gateway.walk([50])).ids
        walk = await gateway.walk(limits)
        assert Counter(walk.ids) == upstreams.expected()
        assert walk.ids == reference
        assert walk.pages[-1]["complete"]
        assert walk.pages[-1]["total"] == {"value": 131, "relation": "exact"}


async def test_every_page_but_the_last_holds_exactly_the_limit() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk([9])
        assert [len(page["items"]) for page in walk.pages] == [9] * 14 + [5]


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 199, 200, 298])
async def test_a_walk_is_exact_at_the_edges_of_upstream_pages(size: int) -> None:
    async with world(size, size, size) as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk([33])
        assert Counter(walk.ids) == upstreams.expected()


async def test_a_walk_costs_each_upstream_the_calls_that_its_page_size_demands() -> None:
    size, page, overlap = 1000, 100, 1
    async with world(size, size, size) as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk([20])
        assert len(walk.ids) == 3 * size
        by_offset = 1 + math.ceil((size - page) / (page - overlap))
        assert upstreams.calls() == {"aitronos": by_offset, "b3os": by_offset, "scale-dex": math.ceil(size / page)}


@pytest.mark.parametrize("most", [1, 2, 7, 50])
async def test_a_server_that_clamps_is_advanced_by_what_it_sent(most: int) -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        upstreams.b3os.options.max_limit = most
        assert Counter((await gateway.walk([20])).ids) == upstreams.expected()


@pytest.mark.parametrize("wrap", ["object", "data_object", "data_list", "list"])
@pytest.mark.parametrize("has_more", ["right", "when_full", "null", "absent"])
async def test_b3os_is_read_bare_and_wrapped_and_with_or_without_its_flag(wrap: str, has_more: str) -> None:
    async with world(3, 3, 131) as upstreams, replica(upstreams.config()) as gateway:
        for name, value in {"wrap": wrap, "has_more": has_more, "max_limit": 40}.items():
            setattr(upstreams.b3os.options, name, value)
        assert Counter((await gateway.walk([20])).ids) == upstreams.expected()


@pytest.mark.parametrize(
    ("name", "value"),
    [("end_shown", "absent"), ("token_after_full_page", True), ("total", "too_low"), ("total", "absent")],
)
async def test_scale_dex_is_read_however_it_ends_and_whatever_total_it_states(name: str, value: object) -> None:
    async with world(3, 100, 3) as upstreams, replica(upstreams.config()) as gateway:
        setattr(upstreams.scale_dex.options, name, value)
        walk = await gateway.walk([20])
        assert Counter(walk.ids) == upstreams.expected()
        assert walk.pages[-1]["total"] == {"value": 106, "relation": "exact"}


async def test_totals_say_how_much_they_are_worth() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        assert (await gateway.page(limit=1))["total"] == {"value": 100, "relation": "at_least"}
        assert (await gateway.page(limit=1, provider="b3os"))["total"] == {"value": None, "relation": "unknown"}
        assert (await gateway.page(limit=1, provider="aitronos"))["total"] == {"value": 57, "relation": "exact"}


async def test_what_is_promised_of_a_provider_stays_the_same_to_the_last_page() -> None:
    async with world(57, 3, 31) as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk([20])
        assert {report(page, "scale-dex")["guarantee"] for page in walk.pages} == {"exact"}
        assert {report(page, "aitronos")["guarantee"] for page in walk.pages} == {"best_effort"}


async def test_only_the_providers_that_were_asked_for_are_listed() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk([20], provider="b3os,aitronos")
        assert {item.partition(":")[0] for item in walk.ids} == {"aitronos", "b3os"}
        assert [entry["provider"] for entry in walk.pages[0]["providers"]] == ["aitronos", "b3os"]
        assert upstreams.calls()["scale-dex"] == 0


async def test_a_cursor_holds_the_query_and_may_stand_alone() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        first = await gateway.page(limit=5, provider="b3os")
        rest = await gateway.walk([20], cursor=first["next_cursor"])
        assert {item.partition(":")[0] for item in rest.ids} == {"b3os"}
        assert len(rest.ids) == 26


async def test_raw_holds_the_whole_object_of_the_provider() -> None:
    async with world(1, 1, 1) as upstreams, replica(upstreams.config()) as gateway:
        items = (await gateway.page(include="raw"))["items"]
        assert {len(item["raw"]) for item in items if item["provider"] == "aitronos"} == {12}
        entry = next(item for item in items if item["provider"] == "b3os")
        assert entry["raw"]["content"]
        assert "content" not in entry["metadata"]


async def test_the_same_page_asked_twice_has_the_same_bytes_and_tag_and_is_not_sent_again() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        cursor = (await gateway.page(limit=10))["next_cursor"]
        once, again = [await gateway.get(limit=10, cursor=cursor) for _ in range(2)]
        assert once.content == again.content
        assert once.headers["etag"] == again.headers["etag"]
        unchanged = await gateway.get({"if-none-match": once.headers["etag"]}, limit=10, cursor=cursor)
        assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_the_request_id_reaches_the_upstreams_and_no_cookie_does() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        await gateway.get({"x-request-id": "one-two-three", "cookie": "a=b"})
        calls = [call for one in upstreams.upstreams.values() for call in one.calls.recent]
        assert {call.request_id for call in calls} == {"one-two-three"}
        assert not any(call.cookies for call in calls)
        assert all(call.user_agent and call.user_agent.startswith("knowledge-store-gateway/") for call in calls)


async def test_no_cache_asks_the_upstreams_again_and_max_age_zero_too() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        for control in ("no-cache", "max-age=0"):
            before = upstreams.calls()
            await gateway.get({"cache-control": control})
            assert upstreams.calls() == {name: count + 1 for name, count in before.items()}
        before = upstreams.calls()
        await gateway.get({"cache-control": "max-age=60"})
        assert upstreams.calls() == before


async def test_an_order_that_does_not_hold_ends_and_is_said() -> None:
    async with world() as upstreams, replica(upstreams.config(cache="{fresh: 0s, if_error: 0s}")) as gateway:
        upstreams.b3os.options.order = "random"
        walk = await gateway.walk([5])
        assert report(walk.pages[-1], "b3os")["lost"] == "drifted"
        assert not walk.pages[-1]["complete"]
