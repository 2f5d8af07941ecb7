import pytest
from hypothesis import given, settings, strategies as st

from gateway.listing.position import At, End, Lost, Place, Start, token_hash, turned
from gateway.provider.page import PageToken


def pages_until_turned(tokens: list[PageToken], most: int) -> int | None:
    """How many pages are entered until a circle is seen, or None."""
    mark = b""
    for ordinal in range(most):
        if ordinal == len(tokens):
            return None
        seen = turned(mark, ordinal, token_hash(tokens[ordinal]))
        if seen is None:
            return ordinal
        mark = seen
    return None


@given(st.integers(0, 40), st.integers(1, 60))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_every_circle_is_seen(before: int, length: int) -> None:
    tokens: list[PageToken] = [f"t{number}" for number in range(before)]
    while len(tokens) < 400:
        tokens += [f"c{number}" for number in range(length)]
    entered = pages_until_turned(tokens, len(tokens))
    assert entered is not None
    assert before + length <= entered <= 3 * max(before, length, 1) + length


@given(st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=80))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_tokens_that_differ_are_no_circle(tokens: list[PageToken]) -> None:
    assert pages_until_turned(tokens, 100) is None


def test_an_offset_cannot_come_round() -> None:
    assert pages_until_turned([3] * 50, 50) is None
    assert token_hash(3) == token_hash(None) == b""


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (Lost.NOTHING, None),
        (Lost.BAD_ITEM, "bad_item"),
        (Lost.DRIFTED, "drifted"),
        (Lost.BAD_ITEM | Lost.DRIFTED, "drifted"),
        (Lost.BAD_ITEM | Lost.REMOVED, "removed"),
        (Lost.REMOVED | Lost.ABANDONED | Lost.BAD_ITEM, "abandoned"),
        (Lost.OVER_BOUND | Lost.TOKEN_EXPIRED, "token_expired"),
    ],
)
def test_the_gravest_reason_is_reported(lost: Lost, reason: str | None) -> None:
    assert lost.reason() == reason


def test_a_place_has_begun_once_it_is_past_its_start_and_ended_at_its_end() -> None:
    places = [Place("a", b"mean", position) for position in (Start(), At(None, 1), End())]
    assert [place.began for place in places] == [False, True, True]
    assert [place.ended for place in places] == [False, False, True]
