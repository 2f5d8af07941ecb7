"""Places that are hard to find again, and ends that are hard to see."""

import pytest

from tests.pathologies.test_changes import both, deleted, once
from tests.pathologies.walking import (
    COUNTED,
    LED,
    SEARCH,
    check_exact,
    check_promise,
    ids,
    simulation,
)
from tests.support.simulated import SimulatedList, Style
from tests.support.simulated_specs import end


@pytest.mark.parametrize("rule", ["flag", "empty_page"])
@pytest.mark.parametrize("style", ["offset", "last_item"])
async def test_a_page_of_nothing_but_the_overlap_is_no_end(style: Style, rule: str) -> None:
    """A server that sends one item for once, and says nothing of whether more follow."""
    made = simulation(style, declared={"end": end(rule)}, flag="absent", short=lambda call: 9 if call == 2 else 0)
    check_exact(await made.walk(40), ids(40))


@pytest.mark.parametrize("style", LED)
async def test_a_search_that_is_cut_behind_an_older_anchor_says_that_it_was(style: Style) -> None:
    """The newest anchor stands behind more pages than are read for it, here because many are empty."""
    made = simulation(style, 20, size=1, empties=6)
    walk = await made.walk(7, happens=once(made, 1, SimulatedList.forget))
    check_promise(walk, ids(20))


@pytest.mark.parametrize("style", COUNTED)
async def test_a_short_last_page_does_not_shorten_the_steps_of_a_search(style: Style) -> None:
    """Else it would be taken for the server's size, and the search would go back item by item."""
    made = simulation(style, 500, size=100, declared={"end": end("empty_page")})
    walk = await made.walk(100, happens=once(made, 4, deleted(100, 200)))
    check_exact(walk, ids(500))
    assert made.calls <= 3 * (5 + len(walk.pages)) + SEARCH


@pytest.mark.parametrize("style", LED)
async def test_items_that_were_used_and_deleted_are_not_counted_against_the_total(style: Style) -> None:
    """Thirty used, of which ten are gone, are as many as the total that the empty answer states."""
    made = simulation(style, on_unknown="empty")
    walk = await made.walk(30, happens=once(made, 1, both(deleted(0, 10), SimulatedList.forget)))
    check_promise(walk, ids(10, 40))


@pytest.mark.parametrize("style", LED)
async def test_tokens_that_live_for_one_call_among_empty_pages_end(style: Style) -> None:
    """Each search finds an older place than the one before; that runs out."""
    made = simulation(
        style, 30, size=5, clamp=2, empties=3, token_life=1, on_unknown="restart", trailing=True, cache="renewed"
    )
    walk = await made.walk(1, most=1000)
    assert walk.last.next_cursor is None
