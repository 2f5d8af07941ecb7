"""Pages that are shorter than they should be, empty, clamped, or full to the last: none of that is an end by itself."""

from typing import Any

import pytest

from tests.pathologies.walking import (
    ANY_LENGTH,
    CACHES,
    LED,
    PAGED,
    RULES,
    SEARCH,
    CacheMode,
    check_bounded,
    check_exact,
    check_named,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import Style
from tests.support.simulated_specs import end

Declared = dict[str, Any]
#: a page number's page is where it is whatever its neighbours hold, so that its number tells nothing of what was read
SHORT = [(style, change) for style, change in ANY_LENGTH if (style, rule_name(change)) != ("page", "total")]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 101])
@pytest.mark.parametrize(("style", "change"), RULES, ids=rule_name)
async def test_a_list_of_any_length_comes_exactly_once(style: Style, change: Declared, count: int) -> None:
    for limit in (1, 7, 10, 100):
        made = simulation(style, count, declared=change)
        walk = await made.walk(limit)
        check_exact(walk, ids(count))
        check_bounded(made, walk, count, 10)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_last_page_that_is_exactly_full_ends(style: Style, change: Declared, size: int) -> None:
    made = simulation(style, 20, size=size, declared=change)
    walk = await made.walk(7)
    check_exact(walk, ids(20))
    check_bounded(made, walk, 20, size)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), SHORT, ids=rule_name)
async def test_a_short_page_is_no_end(style: Style, change: Declared, cache: CacheMode) -> None:
    made = simulation(style, declared=change, cache=cache, short=lambda number: number * 7 % 9)
    walk = await made.walk(6)
    check_exact(walk, ids(40))
    check_bounded(made, walk, 40, 2)


@pytest.mark.parametrize("clamp", [1, 2, 4, 9])
@pytest.mark.parametrize(("style", "change"), ANY_LENGTH, ids=rule_name)
async def test_a_size_that_the_server_clamps_skips_nothing(style: Style, change: Declared, clamp: int) -> None:
    made = simulation(style, declared=change, clamp=clamp)
    walk = await made.walk(7)
    check_exact(walk, ids(40))
    check_bounded(made, walk, 40, clamp)


@pytest.mark.parametrize(("before", "after"), [(10, 4), (10, 2), (10, 1), (4, 10), (1, 10), (7, 3)])
@pytest.mark.parametrize(("style", "change"), ANY_LENGTH, ids=rule_name)
async def test_a_clamp_that_changes_on_the_way_skips_nothing(
    style: Style, change: Declared, before: int, after: int
) -> None:
    for limit in (6, 10, 15):
        made = simulation(style, 60, declared=change, clamp=before)

        def changes(answers: int, made: Any = made) -> None:
            made.upstream.clamp = before if answers < 2 else after

        walk = await made.walk(limit, happens=changes)
        check_exact(walk, ids(60))
        check_bounded(made, walk, 60, min(before, after), searches=2)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("empties", [1, 4, 5, 6, 15, 40, 150])
@pytest.mark.parametrize("style", LED)
async def test_empty_pages_with_a_token_are_followed(style: Style, empties: int, cache: CacheMode) -> None:
    made = simulation(style, 23, cache=cache, empties=empties, trailing=True)
    walk = await made.walk(7)
    check_exact(walk, ids(23))
    assert made.calls <= (empties + 1) * 3 + 1 + len(walk.pages)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", LED)
async def test_empty_pages_without_end_are_a_loop(style: Style, cache: CacheMode) -> None:
    made = simulation(style, 23, cache=cache, empties=float("inf"))
    walk = await made.walk(7)
    assert walk.of("a") == ids(10)
    check_named(walk, "loop")
    assert made.calls <= 230


async def test_an_empty_page_is_the_end_where_that_is_declared() -> None:
    made = simulation("token", 20, declared={"end": end("empty_page")}, trailing=True, empties=1)
    check_exact(await made.walk(10), ids(10))
    assert made.calls <= 2 + SEARCH  # the total says that more should come, so it is looked for


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_limits_of_any_kind_make_one_sequence(style: Style, change: Declared, cache: CacheMode) -> None:
    for limit in (1, 3, 10, 11, 39, 40, 41, 100):
        check_exact(await simulation(style, declared=change, cache=cache).walk(limit), ids(40))
