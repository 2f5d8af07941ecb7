from typing import Any

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.listing.position import At, End, Lost, Place, Start
from gateway.listing.report import ListingPage, Part, body, is_complete, report, total
from gateway.provider.page import Origin

ENDED, GOING = End(), At(None, 1)
DOWN = UpstreamError(FailureCode.THROTTLED, "answered with status 429", status=429, retry_after=1.2)


def part(position: Any = GOING, *, name: str = "a", **changes: Any) -> Part:
    """``changes`` are of the place or of the part."""
    fields = {
        key: changes.pop(key) for key in ("sent", "bad", "total", "attempts", "lost", "inexact") if key in changes
    }
    return Part(Place(name, b"mean", position, **fields), **changes)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (part(), "ok"),
        (part(ENDED), "ok"),
        (part(scanning=True), "scanning"),
        (part(origins=(Origin(), Origin(stale=True))), "stale"),
        (part(origins=(Origin(stale=True),), scanning=True), "stale"),
        (part(failure=DOWN, origins=(Origin(stale=True),)), "failed"),
        (part(removed=True), "removed"),
    ],
)
def test_a_provider_has_one_status(made: Part, status: str) -> None:
    assert made.status == status


@pytest.mark.parametrize(
    ("made", "complete"),
    [
        (part(), True),
        (part(scanning=True), True),
        (part(origins=(Origin(stale=True),)), True),
        (part(failure=DOWN), False),
        (part(removed=True), False),
        *((part(ENDED, lost=lost), False) for lost in Lost),
    ],
)
def test_a_page_is_complete_when_nobody_is_failed_and_nothing_is_lost(made: Part, complete: bool) -> None:
    assert is_complete([part(name="b"), made]) is complete


@pytest.mark.parametrize(
    ("parts", "value", "relation"),
    [
        ([], 0, "exact"),
        ([part()], None, "unknown"),
        ([part(), part(Start())], None, "unknown"),
        ([part(total=5), part()], 5, "at_least"),
        ([part(total=5), part(total=0)], 5, "exact"),
        ([part(total=5), part(ENDED, sent=3)], 8, "exact"),
        ([part(ENDED, sent=3, total=9)], 3, "exact"),
        ([part(ENDED, sent=0)], 0, "exact"),
        ([part(ENDED, sent=3), part()], 3, "at_least"),
        ([part(ENDED, sent=3, lost=Lost.BAD_ITEM)], 3, "at_least"),
        ([part(total=5, failure=DOWN)], 5, "exact"),
    ],
)
def test_the_total_says_how_much_is_known(parts: list[Part], value: int | None, relation: str) -> None:
    assert total(parts) == {"value": value, "relation": relation}


@pytest.mark.parametrize(
    ("made", "guarantee"),
    [
        (part(), "best_effort"),
        (part(stable_order=True), "exact"),
        (part(stable_order=True, inexact=True), "best_effort"),
        (part(stable_order=True, lost=Lost.BAD_ITEM), "exact"),
        (part(stable_order=True, lost=Lost.DRIFTED), "best_effort"),
    ],
)
def test_the_guarantee_needs_an_order_that_is_stable_and_held_and_no_outdated_page(made: Part, guarantee: str) -> None:
    assert report(made)["guarantee"] == guarantee


@pytest.mark.parametrize(
    ("made", "left"),
    [
        (part(), True),
        (part(Start()), True),
        (part(failure=DOWN), True),
        (part(lost=Lost.DRIFTED | Lost.BAD_ITEM), True),
        (part(ENDED), False),
        (part(lost=Lost.ABANDONED), False),
        (part(lost=Lost.REMOVED), False),
    ],
)
def test_what_is_left_is_neither_ended_nor_given_up(made: Part, left: bool) -> None:
    assert made.left is left


def test_a_report_of_a_failure_says_what_and_how_often_and_nothing_of_the_upstreams_words() -> None:
    assert report(part(failure=DOWN, attempts=2, sent=7, bad=1, lost=Lost.BAD_ITEM, total=9)) == {
        "provider": "a",
        "status": "failed",
        "returned": 0,
        "total": 9,
        "exhausted": False,
        "guarantee": "best_effort",
        "filters": {"pushed": [], "residual": []},
        "lost": "bad_item",
        "lost_count": 1,
        "error": {"code": "throttled", "status": 429, "retry_after": 2, "attempts": 2},
    }


def test_a_report_of_a_provider_at_its_end() -> None:
    reported = report(part(ENDED, sent=7, total=9, returned=2))
    assert (reported["exhausted"], reported["total"], reported["returned"]) == (True, 7, 2)
    assert (reported["error"], reported["lost"], reported["lost_count"]) == (None, None, None)


@pytest.mark.parametrize(("cursor", "more"), [("c", True), (None, False)])
def test_there_is_more_exactly_where_there_is_a_cursor(cursor: str | None, more: bool) -> None:
    written = body(ListingPage([], cursor, (part(),)))
    assert list(written) == ["items", "next_cursor", "has_more", "total", "complete", "providers"]
    assert (written["has_more"], written["next_cursor"]) == (more, cursor)
