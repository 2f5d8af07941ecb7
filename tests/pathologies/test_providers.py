"""Providers that fail, come back, are many, few, or very unlike one another."""

from asyncio import gather
from collections import Counter
from collections.abc import Callable
from itertools import product, zip_longest
from typing import Any

import pytest

from gateway.core.errors import CursorExpired, FailureCode, UpstreamError
from gateway.listing.outcome import MOST_UNASKED
from gateway.listing.report import body
from tests.pathologies.walking import (
    CACHES,
    PAGED_STYLES,
    CacheMode,
    Engine,
    check_exact,
    check_named,
    ids,
    several,
    simulation,
)
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import Drop, Fault, Hang
from tests.support.simulated_rows import stores

FAULTS: dict[str, Callable[[], Fault | Exception]] = {
    "unauthorized": lambda: Fault(401),
    "forbidden": lambda: Fault(403),
    "throttled": lambda: Fault(429, {"retry-after": "7"}),
    "server_error": lambda: Fault(500),
    "malformed": lambda: Fault(200, body=b"<html>"),
    "timeout": Hang,
    "unreachable": Drop,
}


def of_all_styles(count: int) -> dict[str, SimulatedList]:
    return {style.replace("_", "-"): SimulatedList.of(style, stores("a", count)) for style in STYLES}


def failing_at(call: int, fault: Callable[[], Fault | Exception]) -> Callable[[int], Fault | Exception | None]:
    return lambda number: fault() if number == call else None


def fairly(engine: Engine, lists: dict[str, SimulatedList]) -> list[str]:
    """One of each in turn."""
    columns = [[f"{name}:{id_}" for id_ in lists[name].ids()] for name in engine.tenant.providers]
    return [item for turn in zip_longest(*columns) for item in turn if item is not None]


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_provider_that_fails_once_and_heals_loses_nothing(style: Style, code: str) -> None:
    for cache, call in product(CACHES, (1, 2, 3, 4)):
        made = simulation(style, cache=cache)
        made.upstream.fault = failing_at(call, FAULTS[code])
        walk = await made.walk(10)
        assert walk.of("a") == ids(40)
        assert (walk.lost("a"), walk.last.complete) == (None, True)


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_provider_that_fails_from_some_page_on_is_given_up_by_name(style: Style, code: str) -> None:
    lists = {name: SimulatedList.of(style, stores(name, 40)) for name in ("a", "b")}
    lists["a"].fault = lambda number: FAULTS[code]() if number > 2 else None
    engine = several(lists)
    walk = await engine.walk(10)
    check_named(walk, code)
    assert walk.of("b") == [f"b{number}" for number in range(40)]
    assert walk.of("a") == ids(len(walk.of("a")))
    assert len(walk.pages) + walk.refused <= 40


@pytest.mark.parametrize("code", FAULTS)
async def test_credentials_that_are_withdrawn_are_no_empty_list(code: str) -> None:
    for style in PAGED_STYLES:
        made = simulation(style)
        made.upstream.fault = lambda _: FAULTS[code]()
        walk = await made.walk()
        assert (walk.failed, walk.pages, walk.refused) == (True, [], 2)


@pytest.mark.parametrize("cache", CACHES)
async def test_lists_of_every_style_are_merged_fairly(cache: CacheMode) -> None:
    for limit in (1, 7, 100):
        lists = of_all_styles(23)
        engine = several(lists, cache=cache)
        walk = await engine.walk(limit)
        assert walk.items == fairly(engine, lists)
        assert walk.last.complete


async def test_each_page_may_come_from_a_replica_that_has_nothing_cached() -> None:
    lists = of_all_styles(23)
    replicas = [several(lists, cache="fresh") for _ in range(3)]
    items, cursor = [], None
    for number in range(100):
        page = await replicas[number % 3].page(cursor, 9)
        items += [item["id"] for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert items == fairly(replicas[0], lists)


@pytest.mark.parametrize("cache", CACHES)
async def test_a_cursor_that_is_sent_again_brings_the_same_page(cache: CacheMode) -> None:
    engine = several(of_all_styles(23), cache=cache)
    walk = await engine.walk(9)
    for before, page in zip([None, *walk.pages], walk.pages, strict=False):
        again = await engine.page(before.next_cursor if before else None, 9)
        assert body(again) == body(page)


async def test_twenty_walks_at_once_are_twenty_times_the_same_walk_for_the_calls_of_one() -> None:
    lists = of_all_styles(40)
    alone = several(of_all_styles(40), cache="fresh")
    expected = await alone.walk(9)
    engine = several(lists, cache="fresh")
    walks = await gather(*(engine.walk(9) for _ in range(20)))
    assert all(walk.items == expected.items for walk in walks)
    assert len(engine.upstreams.asked) <= 2 * len(alone.upstreams.asked)


async def test_a_burst_for_the_first_page_asks_each_provider_once() -> None:
    engine = several(of_all_styles(5), cache="fresh")
    pages = await gather(*(engine.page(None, 5) for _ in range(200)))
    assert {len(page.items) for page in pages} == {5}
    assert set(Counter(name for name, _ in engine.upstreams.asked).values()) == {1}


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_list_a_thousand_times_longer_than_the_others_comes_whole(style: Style) -> None:
    lists = {name: SimulatedList.of(style, stores(name, 3000 if name == "b" else 3)) for name in "abc"}
    engine = several(lists, size=100, cache="kept")
    walk = await engine.walk(100)
    assert walk.of("b") == [f"b{number}" for number in range(3000)]
    assert [len(page.items) for page in walk.pages[:-1]] == [100] * (len(walk.pages) - 1)
    assert Counter(name for name, _ in engine.upstreams.asked)["a"] == 1
    assert walk.last.complete


@pytest.mark.parametrize("count", [1, 7, 50])
async def test_any_number_of_providers_is_walked_to_the_end(count: int) -> None:
    lists = {f"p{number:02}": SimulatedList.of(STYLES[number % 7], stores("a", 12)) for number in range(count)}
    engine = several(lists, size=5)
    walk = await engine.walk(37)
    assert walk.items == fairly(engine, lists)
    assert walk.last.complete


async def test_no_providers_are_an_empty_list_that_is_complete() -> None:
    page = await several({}).page()
    assert (page.items, page.next_cursor, page.complete) == ([], None, True)


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_walk_that_is_resumed_in_time_goes_on(hours: int) -> None:
    for style in STYLES:
        made = simulation(style, cache="fresh")
        first = await made.engine.page(None, 15)
        made.engine.clock.advance(hours * 3600)
        check_exact(await made.walk(cursor=first.next_cursor), ids(15, 40))


async def test_a_walk_that_is_resumed_too_late_is_refused_without_a_call() -> None:
    made = simulation("offset")
    first = await made.engine.page(None, 15)
    made.engine.clock.advance(4 * 86_400)
    asked = made.calls
    with pytest.raises(CursorExpired):
        await made.engine.page(first.next_cursor)
    assert made.calls == asked


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_old_pages_that_stand_in_for_a_failing_provider_skip_nothing(style: Style) -> None:
    """Another walk has filled the cache, and its pages are too old to be served but where the provider fails."""
    made = simulation(style, cache="fresh")
    await made.walk(10)
    made.engine.clock.advance(300)
    made.upstream.fault = lambda _: Fault(503)
    walk = await made.walk(10)
    assert walk.of("a") == ids(len(walk.of("a")))
    assert len(walk.of("a")) == 40 or not walk.last.complete


def failing(code: FailureCode) -> Callable[[int], Any]:
    return lambda _: UpstreamError(code, "simulated")


@pytest.mark.parametrize("code", [code for code in FailureCode if code is not FailureCode.CIRCUIT_OPEN])
async def test_every_kind_of_failure_ends_a_walk_of_which_nothing_came(code: FailureCode) -> None:
    made = simulation("offset", fault=failing(code))
    walk = await made.walk()
    assert (walk.failed, walk.refused, made.calls) == (True, 2, 3)


async def test_a_circuit_that_never_closes_ends_it_too_only_later() -> None:
    made = simulation("offset", fault=failing(FailureCode.CIRCUIT_OPEN))
    walk = await made.walk()
    assert (walk.failed, walk.refused, made.calls) == (True, MOST_UNASKED - 1, MOST_UNASKED)
