"""Servers that do not mind where a page should start, or that have their own idea of what is beyond the end."""

from itertools import product
from typing import Any

import pytest

from tests.pathologies.walking import (
    CACHES,
    COUNTED,
    LED,
    PAGED,
    PAGED_STYLES,
    CacheMode,
    check_exact,
    check_named,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import Style
from tests.support.simulated_answers import Fault
from tests.support.simulated_specs import end

Declared = dict[str, Any]


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_position_that_the_server_ignores_is_a_loop(style: Style, cache: CacheMode) -> None:
    made = simulation(style, ignore_position=True, cache=cache)
    walk = await made.walk()
    assert set(walk.of("a")) == set(ids(10))
    check_named(walk, "loop")
    assert made.calls <= 200


@pytest.mark.parametrize("style", COUNTED)
async def test_a_position_that_the_server_ignores_brings_nothing_twice(style: Style) -> None:
    assert (await simulation(style, ignore_position=True).walk()).of("a") == ids(10)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 40])
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_server_that_ignores_the_position_and_says_nothing_ends(
    style: Style, change: Declared, count: int
) -> None:
    made = simulation(style, count, declared=change, ignore_position=True, flag="absent", total="absent")
    walk = await made.walk()
    assert set(walk.of("a")) == set(ids(min(count, 10)))
    assert made.calls <= 200


@pytest.mark.parametrize("beyond", ["empty", "error", "last"])
@pytest.mark.parametrize("rule", ["flag", "empty_page", "total", "short_page"])
@pytest.mark.parametrize("style", COUNTED)
async def test_a_page_beyond_the_end_is_the_end(style: Style, rule: str, beyond: str) -> None:
    silent: Declared = {"flag": "absent", "total": "absent"}
    for cache, count in product(CACHES, (1, 2, 10, 19, 20, 21)):
        made = simulation(style, count, cache=cache, declared={"end": end(rule)}, beyond=beyond, **silent)
        check_exact(await made.walk(), ids(count))


@pytest.mark.parametrize("status", [400, 404, 410, 416, 422])
@pytest.mark.parametrize("style", COUNTED)
async def test_a_page_beyond_the_end_may_be_refused_with_any_of_these(style: Style, status: int) -> None:
    made = simulation(style, 20, declared={"end": end("empty_page")}, beyond="error", beyond_status=status)
    check_exact(await made.walk(), ids(20))


async def test_a_page_that_is_refused_with_another_status_is_a_failure() -> None:
    made = simulation("page", 20, declared={"end": end("empty_page")}, beyond="error", beyond_status=403)
    walk = await made.walk()
    assert walk.of("a") == ids(20)
    check_named(walk, "forbidden")


async def test_a_list_that_is_not_there_is_no_empty_list() -> None:
    for style in PAGED_STYLES:
        for status in (400, 404, 410, 422):
            made = simulation(style, fault=lambda _, status=status: Fault(status))
            assert (await made.walk()).failed


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("style", [*PAGED_STYLES])
async def test_a_list_that_is_no_longer_there_is_no_end(style: Style, after: int) -> None:
    made = simulation(style)
    made.upstream.fault = lambda call: Fault(404) if call > after else None
    walk = await made.walk()
    check_named(walk, "not_found")


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("reread", [True, False])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rule", ["flag", "page_count", "total", "short_page", "empty_page"])
async def test_pages_are_counted_from_where_the_list_does(
    rule: str, first: int, reread: bool, cache: CacheMode
) -> None:
    declared = {"first": first, "reread": reread, "end": end(rule)}
    for count in (0, 1, 10, 11, 40):
        made = simulation("page", count, declared=declared, first_page=first, cache=cache)
        check_exact(await made.walk(), ids(count))


@pytest.mark.parametrize("overlap", [0, 1, 3, 8])
@pytest.mark.parametrize("size", [1, 2, 10])
async def test_any_overlap_of_offset_pages_brings_each_item_once(overlap: int, size: int) -> None:
    for rule in ("flag", "total", "short_page", "empty_page"):
        made = simulation("offset", size=size, declared={"overlap": overlap, "end": end(rule)})
        check_exact(await made.walk(), ids(40))


@pytest.mark.parametrize("style", LED)
async def test_a_page_of_tokens_costs_one_call_where_it_is_cached(style: Style) -> None:
    made = simulation(style, cache="kept")
    check_exact(await made.walk(3), ids(40))
    assert made.calls == 4
