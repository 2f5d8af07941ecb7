"""Lists without an order, or with one that does not hold: they end, and say that they drifted where they did."""

from random import Random
from typing import Any

import pytest

from tests.pathologies.walking import (
    CACHES,
    COUNTED,
    PAGED,
    CacheMode,
    Simulation,
    check_promise,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import Style
from tests.support.simulated_rows import row

Declared = dict[str, Any]
#: answers and calls after which a walk of forty items in no order must have ended, whatever came of it
ANSWERS, CALLS = 700, 4000


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_list_without_any_order_ends(style: Style, change: Declared, cache: CacheMode) -> None:
    for seed in range(4):
        declared = {**change, "stable_order": False}
        made = simulation(style, declared=declared, cache=cache, shuffle=Random(seed))
        walk = await made.walk(7, most=ANSWERS)
        assert made.calls <= CALLS
        assert walk.failed or walk.last.next_cursor is None


@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_list_without_any_order_that_says_nothing_of_its_end_ends(style: Style, change: Declared) -> None:
    declared = {**change, "stable_order": False}
    for count in (1, 2, 3, 11, 40):
        made = simulation(style, count, declared=declared, shuffle=Random(1), flag="absent", total="absent")
        await made.walk(7, most=ANSWERS)
        assert made.calls <= CALLS


def ties_swapped(made: Simulation, rng: Random) -> None:
    """Rows of one rank come in another order: pairs stand for rows with equal sort keys."""
    values = [one.value for one in made.upstream.rows]
    for index in range(0, len(values) - 1, 2):
        if rng.random() < 0.5:
            values[index : index + 2] = reversed(values[index : index + 2])
    made.upstream.rows = [row(float(rank), value) for rank, value in enumerate(values)]


@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_an_order_that_is_unstable_among_equals_ends(style: Style, change: Declared) -> None:
    for seed in range(5):
        rng = Random(seed)
        made = simulation(style, declared={**change, "stable_order": False})
        walk = await made.walk(7, happens=lambda _, m=made, r=rng: ties_swapped(m, r), most=ANSWERS)
        assert set(walk.of("a")) <= set(ids(40))
        assert made.calls <= CALLS


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_list_that_is_turned_round_once_ends(style: Style, change: Declared, cache: CacheMode) -> None:
    made = simulation(style, declared=change, cache=cache)

    def turns(answers: int) -> None:
        if answers == 2:
            values = [one.value for one in reversed(made.upstream.rows)]
            made.upstream.rows = [row(float(rank), value) for rank, value in enumerate(values)]

    walk = await made.walk(7, happens=turns, most=ANSWERS)
    assert walk.last.next_cursor is None
    assert made.calls <= CALLS


@pytest.mark.parametrize("style", ["offset", "page"])
async def test_an_item_that_moves_to_the_front_is_no_loss_of_others(style: Style) -> None:
    """As where a list is sorted by the time of the last change."""
    for number in (5, 15, 19, 20, 30):
        made = simulation(style)

        def touched(answers: int, made: Simulation = made, number: int = number) -> None:
            if answers == 2:
                value = made.upstream.delete(number).value
                made.upstream.insert(0, value)

        walk = await made.walk(10, happens=touched)
        others = [id_ for id_ in ids(40) if id_ != f"a{number}"]
        check_promise(walk, others)


@pytest.mark.parametrize("beyond", ["empty", "last"])
@pytest.mark.parametrize(("style", "change"), [one for one in PAGED if one[0] in COUNTED], ids=rule_name)
@pytest.mark.parametrize("inserted", [3, 4, 5, 8])
async def test_a_list_whose_order_was_given_up_goes_on_behind_pages_that_were_used(
    style: Style, change: Declared, beyond: Any, inserted: int
) -> None:
    """Not searched for any more, they say nothing of the end, however many of them there are."""
    made = simulation(style, 24, size=3, declared=change, beyond=beyond)
    upstream = made.upstream

    def happens(answers: int) -> None:
        if answers == 2:  # what was used last stands in another order
            used = [one.value for one in upstream.rows[:6]]
            upstream.rows[:6] = [row(float(rank), value) for rank, value in enumerate(reversed(used))]
        if answers == 4:
            for index in range(inserted):
                upstream.insert(index, {"id": f"new{index}", "name": "New"})

    walk = await made.walk(3, happens=happens, most=ANSWERS)
    assert any(part.place.disordered for page in walk.pages for part in page.parts)
    check_promise(walk, ids(24))
