from collections.abc import Sequence
from typing import Any

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.listing.outcome import (
    MOST_UNASKED,
    UNASKED,
    Incomplete,
    ListingError,
    check_strict,
    counted,
    give_up,
    progressed,
    spent,
)
from gateway.listing.position import At, End, Lost, Place
from gateway.listing.report import Part


def down(code: FailureCode = FailureCode.SERVER_ERROR, retry_after: float | None = None) -> UpstreamError:
    return UpstreamError(code, "down", retry_after=retry_after)


def part(*, ended: bool = False, lost: Lost = Lost.NOTHING, **changes: Any) -> Part:
    return Part(Place("a", b"mean", End() if ended else At(None, 1), lost=lost), **changes)


FAILED, REMOVED, OVER = part(failure=down()), part(removed=True), part(ended=True)


@pytest.mark.parametrize(
    ("parts", "did"),
    [
        ([], True),
        ([OVER], True),
        ([part(moved=True), FAILED], True),
        ([part(moved=True, failure=down())], True),
        ([part(ended=True, moved=True), FAILED], True),
        ([FAILED], False),
        ([FAILED, REMOVED], False),
        ([OVER, FAILED], False),
        ([part(lost=Lost.ABANDONED)], True),
    ],
)
def test_a_page_is_progress_where_anyone_delivered_advanced_or_ended(parts: list[Part], did: bool) -> None:
    assert progressed(parts) is did


@pytest.mark.parametrize(
    ("parts", "rounds", "given_up"),
    [
        ([FAILED], 1, False),
        ([FAILED], 2, False),
        ([FAILED], 3, True),
        ([FAILED, REMOVED], 2, False),
        ([FAILED, REMOVED], 3, True),
        ([OVER, REMOVED], 1, True),
    ],
)
def test_a_walk_gives_up_after_its_rounds_or_when_nothing_can_come_back(
    parts: list[Part], rounds: int, given_up: bool
) -> None:
    assert spent(parts, rounds, 3) is given_up


OPEN = part(failure=down(FailureCode.CIRCUIT_OPEN, 9.0))


@pytest.mark.parametrize(
    ("parts", "asked"),
    [
        ([FAILED], True),
        ([OPEN], False),
        ([OPEN, FAILED], True),
        ([OPEN, REMOVED, OVER], False),
        ([REMOVED], True),
    ],
)
def test_a_round_on_which_every_circuit_was_open_is_counted_apart(parts: list[Part], asked: bool) -> None:
    rounds = counted(counted(0, parts), parts)
    assert divmod(rounds, UNASKED) == ((0, 2) if asked else (2, 0))


def test_open_circuits_alone_end_a_walk_too_though_late() -> None:
    rounds = [sum((counted(0, [OPEN]) for _ in range(most)), start=2) for most in (MOST_UNASKED - 1, MOST_UNASKED)]
    assert [spent([OPEN], count, 3) for count in rounds] == [False, True]


def lost(parts: Sequence[Part]) -> list[Lost]:
    return [part.place.lost for part in parts]


def test_what_is_left_is_lost_for_its_own_reason_and_what_was_lost_stays_lost() -> None:
    drifted = part(failure=down(), lost=Lost.DRIFTED)
    assert lost(give_up([OVER, FAILED, REMOVED, drifted])) == [
        Lost.NOTHING,
        Lost.ABANDONED,
        Lost.REMOVED,
        Lost.ABANDONED | Lost.DRIFTED,
    ]


@pytest.mark.parametrize("parts", [[FAILED], [part(), FAILED], [REMOVED], [part(ended=True, lost=Lost.BAD_ITEM)]])
def test_a_strict_page_is_complete_or_none(parts: list[Part]) -> None:
    check_strict([part(), OVER])
    with pytest.raises(Incomplete) as caught:
        check_strict(parts)
    assert caught.value.parts == tuple(parts)


@pytest.mark.parametrize(
    ("codes", "timed_out"),
    [
        ([FailureCode.TIMEOUT], True),
        ([FailureCode.TIMEOUT, FailureCode.TIMEOUT], True),
        ([FailureCode.TIMEOUT, FailureCode.REFUSED], False),
        ([FailureCode.REFUSED], False),
        ([], False),
    ],
)
def test_only_timeouts_are_a_timeout(codes: list[FailureCode], timed_out: bool) -> None:
    assert ListingError([part(failure=down(code)) for code in codes] + [OVER]).timed_out is timed_out


@pytest.mark.parametrize(
    ("waits", "seconds"), [([], 1), ([None], 1), ([0.0], 1), ([0.2], 1), ([7.1], 8), ([None, 30.0, 7.0], 7)]
)
def test_the_client_waits_for_the_first_that_may_be_back(waits: list[float | None], seconds: int) -> None:
    assert ListingError([part(failure=down(retry_after=wait)) for wait in waits]).retry_after == seconds
