"""Walks that once lost, repeated or went round without a word, each for a reason of its own."""

import pytest

from tests.pathologies.test_changes import both, changed_walk, deleted, inserted, once, stayed
from tests.pathologies.walking import (
    COUNTED,
    LED,
    PAGED_STYLES,
    CacheMode,
    check_exact,
    check_promise,
    ids,
    simulation,
)
from tests.support.simulated import SimulatedList, Style
from tests.support.simulated_specs import end

CACHED: tuple[CacheMode, ...] = ("kept", "fresh", "renewed")


@pytest.mark.parametrize("cache", CACHED)
@pytest.mark.parametrize("style", LED)
async def test_the_empty_answer_to_an_expired_token_is_not_believed_once_it_is_cached(
    style: Style, cache: CacheMode
) -> None:
    """The search finds the place, and the page behind it is the cached answer that set the search off."""
    for limit in (1, 7, 10):
        for moment in (1, 2, 3):
            made = simulation(style, cache=cache, on_unknown="empty")
            walk = await made.walk(limit, happens=once(made, moment, SimulatedList.forget))
            check_promise(walk, ids(40))


@pytest.mark.parametrize("style", LED)
async def test_a_token_that_expires_in_a_stretch_of_empty_pages_is_not_the_end(style: Style) -> None:
    """An empty page before it is taken for a search that brought nothing."""
    for moment in (1, 2, 3):
        for life in (1, 2, 3):
            made = simulation(style, 20, size=5, empties=6, token_life=life, on_unknown="empty")
            walk = await made.walk(5, happens=once(made, moment, SimulatedList.forget))
            check_promise(walk, ids(20))


@pytest.mark.parametrize("style", LED)
async def test_a_silent_restart_among_empty_pages_goes_round_no_more_than_once(style: Style) -> None:
    """Without end, for as long as the cached answer lives."""
    made = simulation(style, size=2, clamp=1, empties=6, on_unknown="restart", cache="kept")
    walk = await made.walk(3, happens=once(made, 3, SimulatedList.forget))
    check_promise(walk, ids(40))


@pytest.mark.parametrize("style", COUNTED)
async def test_a_list_that_shrinks_below_the_page_before_is_searched_where_that_page_is_refused(style: Style) -> None:
    """Abandoned as ``not_found``, because the page before is asked for without the care of the others."""
    made = simulation(style, 20, size=1, beyond="error", declared={"end": end("empty_page")})
    walk = await made.walk(12, happens=once(made, 1, both(deleted(0, 8), deleted(12, 19))))
    check_exact(walk, [*ids(12), "a19"])


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_many_rows_between_the_last_anchors_repeat_nothing_unsaid(style: Style) -> None:
    """Seventeen rows without an anchor, and the newer ones are taken to be gone though they come later."""
    made = simulation(style)
    walk = await made.walk(18, happens=once(made, 1, inserted(15, 35)))
    check_promise(walk, ids(40))


@pytest.mark.parametrize("style", LED)
async def test_a_page_of_rows_between_a_token_and_what_was_used_behind_it_repeats_nothing_unsaid(style: Style) -> None:
    """What was used of the page has moved to the next one, where it is not looked for."""
    made = simulation(style)
    walk = await made.walk(21, happens=once(made, 1, inserted(20, 10)))
    check_promise(walk, ids(40))


@pytest.mark.parametrize("cache", ["kept", "fresh"])
@pytest.mark.parametrize("rule", ["empty_page", "flag", "total"])
async def test_a_walk_that_began_again_reads_no_page_from_before_that(rule: str, cache: CacheMode) -> None:
    """Old pages behind the fresh first one lead astray again, until the walk gives up its order and skips."""
    made = simulation("offset", cache=cache, declared={"end": end(rule)})
    walk = await changed_walk(made, 20, "delete a page behind")
    check_promise(walk, stayed(made))
    assert made.calls <= 60


@pytest.mark.parametrize("sizes", [[9, 9, 0, 0], [8, 0, 0, 0], [0, 9, 0, 0], [9, 0]])
async def test_a_total_ends_no_list_whose_numbered_pages_are_short(sizes: list[int]) -> None:
    """The page's number times its length is more than was read where pages before it were shorter."""
    made = simulation(
        "page", 25, declared={"end": end("total")}, short=lambda number: sizes[min(number, len(sizes)) - 1]
    )
    check_exact(await made.walk(), ids(25))


@pytest.mark.parametrize("style", LED)
async def test_a_silent_restart_is_noticed_where_the_first_item_is_gone(style: Style) -> None:
    """The list's first item is the only sign of it, and is gone too; everything comes twice."""
    made = simulation(style, on_unknown="restart", cache="off")

    def forgotten(answers: int) -> None:
        if answers == 2:
            made.upstream.forget()
            made.upstream.delete(0)

    check_promise(await made.walk(10, happens=forgotten), ids(1, 40))
