"""Walks over lists that stand still: every item exactly once, in one order, however it is cut into pages."""

from itertools import zip_longest
from math import ceil

import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.errors import CursorInvalid, CursorMismatch, InvalidParameter
from gateway.core.events import CursorRejected, PageServed
from gateway.core.tenant import Tenant
from gateway.listing.report import body, total
from tests.support.drawn import TYPES, honest, limits, lists, sizes, stores
from tests.support.lists import Flag, UpstreamList
from tests.support.walking import Service

LAW = settings(deadline=None, derandomize=True, max_examples=100)


def ids(upstream: UpstreamList) -> list[str]:
    return [row.value["id"] for row in upstream.rows]


def fairly(upstreams: dict[str, UpstreamList]) -> list[str]:
    """One of each in turn."""
    columns = [[f"{name}:{id_}" for id_ in ids(upstream)] for name, upstream in sorted(upstreams.items())]
    return [item for row in zip_longest(*columns) for item in row if item is not None]


@given(lists(honest), sizes, limits, st.booleans())
@LAW
async def test_every_item_comes_exactly_once_and_fairly_whatever_the_limits(
    upstreams: dict[str, UpstreamList], size: dict[str, int], limit: list[int], cache: bool
) -> None:
    walk = await Service(upstreams, sizes=size, cache=cache).walk(limit)
    assert walk.items == fairly(upstreams)
    assert (walk.refused, walk.last.complete) == (0, True)
    assert total(walk.last.parts) == {"value": len(walk.items), "relation": "exact"}


@given(lists(honest), sizes, limits)
@LAW
async def test_every_page_but_the_last_is_full(
    upstreams: dict[str, UpstreamList], size: dict[str, int], limit: list[int]
) -> None:
    walk = await Service(upstreams, sizes=size).walk(limit)
    full = [len(page.items) == limit[number % len(limit)] for number, page in enumerate(walk.pages)]
    assert all(full[:-1])
    assert len(walk.last.items) <= limit[(len(full) - 1) % len(limit)]


@given(lists(honest), sizes, limits)
@settings(LAW, max_examples=50)
async def test_replaying_a_cursor_repeats_its_answer(
    upstreams: dict[str, UpstreamList], size: dict[str, int], limit: list[int]
) -> None:
    service = Service(upstreams, sizes=size)
    walk = await service.walk(limit)
    cursors = [None, *(page.next_cursor for page in walk.pages[:-1])]
    for flush in (False, True):
        for number in reversed(range(len(cursors))):
            if flush:
                service.flush()
            again = await service.page(cursors[number], limit[number % len(limit)])
            assert body(again) == body(walk.pages[number])


@given(
    st.integers(0, 60),
    st.integers(2, 12),
    st.sampled_from(["aitronos", "b3os"]),
    st.sampled_from(["honest", "absent"]),
    limits,
)
@LAW
async def test_an_offset_list_costs_its_pages_and_a_look_behind_the_end_only_where_it_does_not_say_where_that_is(
    count: int, size: int, type_: str, flag: Flag, limit: list[int]
) -> None:
    service = Service({"a": UpstreamList(type_, stores("a", count), flag=flag)}, sizes={"a": size})
    await service.walk(limit)
    pages = 1 + ceil(max(0, count - size) / (size - 1))
    silent = flag == "absent" and count > 0
    repeats = silent and count > 1  # the page that only repeats the last item may be all that the server sent this time
    behind = 2 * silent  # the page behind it, which is empty, and a look at whether the list has moved meanwhile
    assert len(service.upstreams.asked) == pages + repeats + behind


@given(st.integers(0, 60), st.integers(1, 12), st.booleans(), limits)
@LAW
async def test_a_token_list_costs_its_pages(count: int, size: int, trailing: bool, limit: list[int]) -> None:
    service = Service({"a": UpstreamList("scale-dex", stores("a", count), trailing=trailing)}, sizes={"a": size})
    await service.walk(limit)
    assert len(service.upstreams.asked) == max(1, ceil(count / size)) + (trailing and count > 0)


async def test_a_walk_with_a_limit_of_one_over_a_hundred_providers_asks_each_page_once() -> None:
    upstreams = {f"p{number:02}": UpstreamList("aitronos", stores("s", 3)) for number in range(100)}
    service = Service(upstreams, sizes=dict.fromkeys(upstreams, 2))
    walk = await service.walk([1])
    assert walk.items == fairly(upstreams)
    assert [len(page.items) for page in walk.pages] == [1] * 300
    assert len(service.upstreams.asked) == len(set(service.upstreams.asked)) == 200


async def test_late_pages_ask_only_those_that_have_not_ended() -> None:
    upstreams = {"a": UpstreamList("aitronos", stores("a", 3)), "b": UpstreamList("b3os", stores("b", 300))}
    service = Service(upstreams)
    walk = await service.walk([20])
    assert [len(page.items) for page in walk.pages[:-1]] == [20] * 15
    assert [name for name, _ in service.upstreams.asked] == ["a", "b", "b", "b", "b"]


async def test_no_providers_are_a_list_that_is_empty_and_complete() -> None:
    page = await Service({}).page()
    assert body(page) == {
        "items": [],
        "next_cursor": None,
        "has_more": False,
        "total": {"value": 0, "relation": "exact"},
        "complete": True,
        "providers": [],
    }


async def test_empty_lists_are_one_empty_page() -> None:
    walk = await Service({name: UpstreamList(type_) for name, type_ in zip("abc", TYPES, strict=True)}).walk()
    assert (len(walk.pages), walk.items, walk.last.complete) == (1, [], True)


@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("empties", [1, 4, 5, 6, 23])
async def test_empty_pages_with_a_token_end_nothing(empties: int, count: int) -> None:
    upstreams = {
        "a": UpstreamList("scale-dex", stores("a", count), empties=empties),
        "b": UpstreamList("aitronos", stores("b", 12)),
    }
    walk = await Service(upstreams, sizes={"a": 5}).walk([7])
    assert walk.items == fairly(upstreams)
    assert walk.last.complete


async def test_a_provider_in_a_stretch_of_empty_pages_is_said_to_be_scanning() -> None:
    service = Service({"a": UpstreamList("scale-dex", stores("a", 10), empties=12)}, sizes={"a": 5})
    pages = (await service.walk([20])).pages
    assert [(len(page.items), page.parts[0].status) for page in pages] == [(5, "scanning"), (0, "scanning"), (5, "ok")]
    assert all(page.complete for page in pages)
    assert len(service.upstreams.asked) == 14


async def test_bad_items_are_counted_and_passed_over() -> None:
    upstream = UpstreamList.of("aitronos", {"id": "a"}, None, {"name": "no id"}, {"id": "b"}, {"id": 1.5}, {"id": 7})
    walk = await Service({"a": upstream}, sizes={"a": 3}).walk([1])
    assert walk.of("a") == ["a", "b", "7"]
    assert walk.pages[0].complete
    assert (walk.lost("a"), walk.last.parts[0].place.bad, walk.last.complete) == ("bad_item", 3, False)
    assert total(walk.last.parts) == {"value": 3, "relation": "at_least"}


async def test_a_page_of_nothing_but_bad_items_stops_no_walk() -> None:
    upstream = UpstreamList.of("aitronos", *({"n": number} for number in range(50)), {"id": "z"})
    walk = await Service({"a": upstream}, sizes={"a": 3}).walk([1])
    assert (walk.of("a"), walk.last.parts[0].place.bad) == (["z"], 50)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_an_id_that_a_page_holds_twice_comes_once(type_: str, limit: int) -> None:
    upstream = UpstreamList.of(type_, *({"id": id_} for id_ in "aabacbdde"))
    walk = await Service({"a": upstream}, sizes={"a": 9}).walk([limit])
    assert (walk.of("a"), walk.last.complete) == (list("abcde"), True)


@pytest.mark.parametrize("type_", TYPES)
async def test_ids_of_pages_apart_are_not_remembered(type_: str) -> None:
    upstream = UpstreamList.of(type_, *({"id": id_} for id_ in "abcdefghijab"))
    assert (await Service({"a": upstream}, sizes={"a": 6}).walk([2])).of("a") == list("abcdefghijab")


async def test_totals_are_known_estimated_or_unknown() -> None:
    known = UpstreamList("aitronos", stores("a", 30))
    silent = UpstreamList("b3os", stores("b", 30))
    assert total((await Service({"a": known}).page()).parts) == {"value": 30, "relation": "exact"}
    assert total((await Service({"b": silent}).page()).parts) == {"value": None, "relation": "unknown"}
    assert total((await Service({"a": known, "b": silent}).page()).parts) == {"value": 30, "relation": "at_least"}


@pytest.mark.parametrize("stated", [None, 0, 3, 10**9, "30", -1])
@pytest.mark.parametrize("type_", ["aitronos", "scale-dex"])
async def test_a_total_never_decides_where_the_end_is(type_: str, stated: object) -> None:
    upstream = UpstreamList(type_, stores("a", 30), stated_total=stated)
    walk = await Service({"a": upstream}, sizes={"a": 7}).walk([4])
    assert walk.of("a") == ids(upstream)
    assert total(walk.last.parts) == {"value": 30, "relation": "exact"}


async def test_the_last_stated_total_travels_in_the_cursor() -> None:
    upstreams = {"a": UpstreamList("aitronos", stores("a", 90)), "b": UpstreamList("aitronos", stores("b", 90))}
    service = Service(upstreams, cache=False)
    first = await service.page()
    upstreams["a"].fault = lambda _: TimeoutError()
    assert total((await service.page(first.next_cursor)).parts) == {"value": 180, "relation": "exact"}


async def test_the_raw_object_comes_only_where_it_is_asked_for() -> None:
    service = Service({"a": UpstreamList("b3os", stores("a", 1))})
    assert (await service.page(raw=True)).items[0]["raw"] == {"id": "a0", "name": "x"}
    assert "raw" not in (await service.page()).items[0]


async def test_a_cursor_is_of_one_tenant() -> None:
    service = Service({"a": UpstreamList("b3os", stores("a", 30))})
    cursor = (await service.page()).next_cursor
    asked = len(service.upstreams.asked)
    with pytest.raises(CursorInvalid):
        await service.page(cursor, tenant=Tenant("other", ("a",)))
    assert len(service.upstreams.asked) == asked
    assert service.events[-1] == CursorRejected("forged")


async def test_a_cursor_continues_the_query_it_was_made_for() -> None:
    service = Service({name: UpstreamList("b3os", stores(name, 30)) for name in "ab"})
    chosen = (await service.page(only=("a",))).next_cursor
    every = (await service.page()).next_cursor
    assert {item["provider"] for item in (await service.page(chosen)).items} == {"a"}
    assert {item["provider"] for item in (await service.page(chosen, only=("a",))).items} == {"a"}
    for cursor, only in ((chosen, ("b",)), (chosen, ("a", "b")), (every, ("a",))):
        with pytest.raises(CursorMismatch):
            await service.page(cursor, only=only)
    assert service.events[-1] == CursorRejected("mismatch")


async def test_a_provider_that_is_not_the_tenants_is_refused_as_one_that_does_not_exist() -> None:
    service = Service({name: UpstreamList("b3os") for name in "ab"})
    service.tenant = Tenant("acme", ("a",))
    messages = []
    for name in ("b", "nosuch"):
        with pytest.raises(InvalidParameter) as caught:
            await service.page(only=(name,))
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert not service.upstreams.asked


async def test_a_page_that_was_served_is_told() -> None:
    service = Service({"a": UpstreamList("b3os", stores("a", 3))})
    await service.page()
    assert service.events == [PageServed("acme", "complete", 3)]
