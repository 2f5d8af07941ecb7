from itertools import cycle

import pytest
from hypothesis import given, settings, strategies as st

from gateway.listing.merge import Interleaving, Supply, demand, interleave

lengths = st.lists(st.integers(0, 12), max_size=6)
limits = st.lists(st.integers(1, 20), min_size=1, max_size=6)


def closed(counts: list[int]) -> list[Supply]:
    return [Supply(count, open=False) for count in counts]


@pytest.mark.parametrize(
    ("counts", "turn", "limit", "order", "following"),
    [
        ([2, 2, 2], 0, 6, (0, 1, 2, 0, 1, 2), 0),
        ([2, 2, 2], 1, 4, (1, 2, 0, 1), 2),
        ([3, 1, 1], 0, 9, (0, 1, 2, 0, 0), 1),
        ([0, 0, 2], 0, 9, (2, 2), 0),
        ([0, 0], 1, 9, (), 1),
        ([], 0, 9, (), 0),
    ],
)
def test_one_of_each_in_turn(counts: list[int], turn: int, limit: int, order: tuple[int, ...], following: int) -> None:
    assert interleave(closed(counts), turn, limit) == Interleaving(order, following)


def test_a_page_stops_where_the_next_item_is_not_known_yet() -> None:
    supplies = [Supply(5, open=False), Supply(1, open=True), Supply(5, open=False)]
    assert interleave(supplies, 0, 9) == Interleaving((0, 1, 2, 0), 1)


@given(lengths, limits)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_the_sequence_does_not_depend_on_how_it_is_cut_into_pages(counts: list[int], cuts: list[int]) -> None:
    left, turn, order = list(counts), 0, list[int]()
    for limit in cycle(cuts):
        page = interleave(closed(left), turn, limit)
        turn = page.turn
        order += page.order
        for index in page.order:
            left[index] -= 1
        if len(page.order) < limit:
            break
    assert tuple(order) == interleave(closed(counts), 0, sum(counts)).order
    assert not any(left)


@given(lengths, st.integers(0, 9), st.integers(1, 30))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_every_item_is_taken_and_the_shares_differ_by_one_at_most(counts: list[int], turn: int, limit: int) -> None:
    turn = turn % len(counts) if counts else 0
    order = interleave(closed(counts), turn, limit).order
    assert len(order) == min(limit, sum(counts))
    shares = [order.count(index) for index in range(len(counts))]
    for share, count in zip(shares, counts, strict=True):
        assert share == count or share >= max(shares) - 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.booleans()), max_size=6), st.integers(0, 5), limits)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_demand_is_never_in_vain(streams: list[tuple[int, int, bool]], turn: int, cuts: list[int]) -> None:
    """Whatever the others turn out to have, a stream that has what it was asked for gives all of it."""
    turn = turn % len(streams) if streams else 0
    supplies = [Supply(ready, opened) for ready, _, opened in streams]
    asked = demand(supplies, turn, cuts[0])
    came = [ready + (more if opened else 0) for ready, more, opened in streams]
    order = interleave(closed(came), turn, cuts[0]).order
    for index, count in enumerate(asked):
        assert order.count(index) >= min(count, came[index])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 5), st.integers(1, 30))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_where_all_have_enough_demand_is_what_they_give(ready: list[int], turn: int, limit: int) -> None:
    turn %= len(ready)
    asked = demand([Supply(count, open=True) for count in ready], turn, limit)
    assert sum(asked) == limit
    order = interleave(closed([limit] * len(ready)), turn, limit).order
    assert asked == [order.count(index) for index in range(len(ready))]
