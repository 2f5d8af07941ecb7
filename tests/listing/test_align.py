from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from gateway.listing.align import Aligned, expected, find


def known(item: Any) -> bytes:
    return blake2b(str(item).encode(), digest_size=4).digest()


def anchors(text: str) -> tuple[bytes, ...]:
    return tuple(map(known, text))


@pytest.mark.parametrize(
    ("items", "skip", "used", "stands"),
    [
        ("abc", 0, "", True),
        ("abc", 2, "ab", True),
        ("abc", 3, "abc", True),
        ("abc", 1, "xyza", True),
        ("xabc", 2, "ab", False),
        ("bc", 2, "ab", False),
        ("b", 2, "ab", False),
        ("", 1, "a", False),
        ("", 0, "a", True),
        ("abc", 2, "", True),
        ("a", 2, "", False),
    ],
)
def test_a_page_stands_where_the_newest_anchor_is_just_before_the_rest(
    items: str, skip: int, used: str, stands: bool
) -> None:
    assert expected(items, skip, anchors(used), known) is stands


@pytest.mark.parametrize(
    ("items", "used", "found"),
    [
        ("xabc", "ab", Aligned(3)),
        ("bc", "ab", Aligned(1)),
        ("axbyc", "ab", Aligned(1, newer=1)),
        ("ac", "ab", Aligned(1, newer=1)),
        ("c", "ab", None),
        ("", "ab", None),
        ("abc", "", None),
        ("ba", "ab", Aligned(1, ordered=False)),
        ("cab", "abc", Aligned(3, newer=1)),
        ("abxyc", "abc", Aligned(2, newer=1)),
        ("xyc", "abc", Aligned(3, alone=True)),
        ("axc", "abc", Aligned(1, newer=2)),
    ],
)
def test_the_anchors_that_stand_together_decide_and_else_the_newest(
    items: str, used: str, found: Aligned | None
) -> None:
    place = find(items, anchors(used), known)
    assert (place and replace(place, apart=())) == found


@pytest.mark.parametrize(
    ("items", "used", "index"),
    [("n-x-y", "-", 2), ("n-x-y", "-x-", 4), ("n-x-y", "p-", 2), ("aab", "a", 1), ("aab", "aa", 2), ("xyxy", "xyx", 3)],
)
def test_items_that_are_alike_are_told_apart_by_their_order(items: str, used: str, index: int) -> None:
    place = find(items, anchors(used), known)
    assert place
    assert replace(place, apart=()) == Aligned(index)


@given(st.integers(0, 12), st.integers(1, 8), st.sets(st.integers(0, 19)), st.lists(st.integers(0, 30), max_size=6))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_what_was_used_and_stands_further_on_is_told_whatever_is_inserted_and_deleted(
    used: int, kept: int, deleted: set[int], inserted: list[int]
) -> None:
    held = [known(item) for item in range(20)][: used + 1][-kept:]
    items: list[Any] = [item for item in range(20) if item not in deleted]
    for place in inserted:
        items.insert(min(place, len(items)), f"new{place}")
    found = find(items, held, known)
    if found is None:
        assert not set(held) & set(map(known, items))
    else:
        assert found.ordered
        last = items[found.index - 1]
        assert known(last) in held
        further = {known(item) for item in items[found.index :] if isinstance(item, int) and last < item <= used}
        assert further <= set(held[len(held) - found.newer :])
