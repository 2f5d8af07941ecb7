"""Lists that change while they are walked: what was there throughout comes exactly once, or the walk says so."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest

from tests.pathologies.walking import (
    CACHES,
    COUNTED,
    LED,
    PAGED,
    PAGED_STYLES,
    SEARCH,
    CacheMode,
    Simulation,
    check_exact,
    check_promise,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import SimulatedList, Style
from tests.support.walking import Walk

Declared = dict[str, Any]
Change = Callable[[SimulatedList], None]


def deleted(*numbers: int) -> Change:
    def change(upstream: SimulatedList) -> None:
        for id_ in ids(*numbers):
            upstream.delete(upstream.ids().index(id_))

    return change


def inserted(before: int, count: int) -> Change:
    """As many new rows before the one with that number."""

    def change(upstream: SimulatedList) -> None:
        place = upstream.ids().index(f"a{before}") if before < 40 else len(upstream.rows)
        for number in range(count):
            upstream.insert(place + number, {"id": f"new{number}"})

    return change


def both(*changes: Change) -> Change:
    def change(upstream: SimulatedList) -> None:
        for one in changes:
            one(upstream)

    return change


#: what happens when twenty items (two pages, whole) or nineteen, or twenty-one, were delivered
CHANGES: Mapping[str, Change] = {
    "insert at the front": inserted(0, 1),
    "insert a page at the front": inserted(0, 10),
    "insert some pages at the front": inserted(0, 35),
    "insert just before the newest": inserted(19, 1),
    "insert a page before the newest": inserted(19, 10),
    "insert at the place": inserted(20, 1),
    "insert a page at the place": inserted(20, 10),
    "insert behind the place": inserted(25, 3),
    "append": inserted(40, 3),
    "append a page": inserted(40, 10),
    "delete the first": deleted(0, 1),
    "delete a page at the front": deleted(0, 10),
    "delete the newest": deleted(19, 20),
    "delete the last two": deleted(18, 20),
    "delete all anchors but one": deleted(12, 19),
    "delete the next": deleted(20, 21),
    "delete a page behind": deleted(20, 30),
    "delete the last": deleted(39, 40),
    "delete all that follows": deleted(20, 40),
    "delete in front and behind": both(deleted(3, 5), deleted(25, 30)),
    "replace the newest": both(deleted(19, 20), inserted(20, 1)),
    "replace the first": both(deleted(0, 1), inserted(1, 1)),
    "replace a page in front": both(deleted(0, 10), inserted(10, 10)),
}


def grows(made: Simulation) -> Callable[[int], None]:
    def happens(answers: int) -> None:
        made.upstream.insert(0, {"id": f"new{answers}"})

    return happens


def shrinks(made: Simulation) -> Callable[[int], None]:
    def happens(answers: int) -> None:
        made.upstream.delete(0)

    return happens


def stayed(made: Simulation) -> list[str]:
    now = set(made.upstream.ids())
    return [id_ for id_ in ids(40) if id_ in now]


def once(made: Simulation, moment: int, change: Change) -> Callable[[int], None]:
    """That change, after that many answers."""

    def happens(answers: int) -> None:
        if answers == moment:
            change(made.upstream)

    return happens


async def changed_walk(made: Simulation, limit: int, name: str) -> Walk:
    """A walk with a change once nineteen items at least were delivered."""
    return await made.walk(limit, happens=once(made, -(-19 // limit), CHANGES[name]))


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_change_between_two_pages_skips_nothing_and_repeats_nothing_unsaid(
    style: Style, change: Declared, name: str
) -> None:
    for cache, limit in product(CACHES, (19, 20, 21, 10, 7)):
        made = simulation(style, cache=cache, declared=change)
        walk = await changed_walk(made, limit, name)
        check_promise(walk, stayed(made))
        assert made.calls <= 3 * (40 // 9 + 10 + len(walk.pages)) + 6 * SEARCH


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("style", [*COUNTED, "last_item"])
async def test_a_change_that_leaves_an_anchor_costs_no_exactness(style: Style, name: str) -> None:
    for limit in (19, 20, 21, 10, 7):
        walk = await changed_walk(simulation(style), limit, name)
        assert walk.lost("a") is None


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_pages_that_are_cached_from_before_a_change_skip_nothing(style: Style, name: str) -> None:
    """Another walk has filled the cache; then the list has changed, and a walk finds old pages beside new ones."""
    for cache, moment in product(CACHES[1:], (0, 1, 2)):
        made = simulation(style, cache=cache)
        await made.walk(20)
        if moment == 0:
            CHANGES[name](made.upstream)
        walk = await made.walk(9, happens=once(made, moment, CHANGES[name]))
        check_promise(walk, stayed(made))


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_list_of_which_everything_is_deleted_ends(style: Style, change: Declared, cache: CacheMode) -> None:
    for limit in (7, 10, 20):
        made = simulation(style, cache=cache, declared=change)
        walk = await made.walk(limit, happens=once(made, 1, deleted(0, 40)))
        check_promise(walk, [])
        assert walk.lost("a") is None
        assert made.calls <= 20 + 2 * SEARCH


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_walk_whose_anchors_are_all_gone_repeats_and_says_so(
    style: Style, change: Declared, cache: CacheMode
) -> None:
    made = simulation(style, cache=cache, declared=change)
    walk = await made.walk(20, happens=once(made, 1, deleted(6, 24)))
    check_promise(walk, [*ids(6), *ids(24, 40)])


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_hundreds_deleted_in_front_of_the_place_in_a_long_list_skip_nothing(style: Style) -> None:
    for gone in (100, 350, 900):
        made = simulation(style, 2000, size=20, on_unknown="error")
        walk = await made.walk(100, happens=once(made, 10, deleted(0, gone)))
        check_exact(walk, ids(2000))
        assert made.calls <= 3 * (2000 // 19 + len(walk.pages)) + 2000 // 20 + 6 * SEARCH


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_hundreds_inserted_in_front_of_the_place_in_a_long_list_repeat_nothing(style: Style) -> None:
    made = simulation(style, 1000, size=20)
    walk = await made.walk(100, happens=once(made, 5, both(inserted(0, 40), deleted(100, 300))))
    check_promise(walk, [*ids(100), *ids(300, 1000)])
    assert walk.lost("a") is None


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_list_that_gains_an_item_at_the_front_with_every_page_is_walked_exactly(
    style: Style, cache: CacheMode
) -> None:
    for limit in (3, 7, 10):
        made = simulation(style, cache=cache)
        walk = await made.walk(limit, happens=grows(made))
        check_promise(walk, ids(40))
        assert walk.lost("a") is None


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_list_that_loses_its_first_item_with_every_page_is_walked_exactly(
    style: Style, cache: CacheMode
) -> None:
    for limit in (3, 7, 10):
        made = simulation(style, cache=cache)
        walk = await made.walk(limit, happens=shrinks(made))
        check_promise(walk, stayed(made))
        assert walk.lost("a") is None


@pytest.mark.parametrize("name", CHANGES)
async def test_tokens_that_hold_a_position_end_whatever_changes(name: str) -> None:
    """Nothing shows where such a token leads once the list has moved: best effort, and no loop."""
    for style in LED:
        made = simulation(style, tokens="offset", declared={"stable_order": False})
        walk = await made.walk(10, happens=once(made, 2, CHANGES[name]))
        assert walk.pages[-1].next_cursor is None
        assert made.calls <= 12 + 3 * len(walk.pages) + 3 * SEARCH
