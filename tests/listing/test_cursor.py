"""The packed state: what goes in comes out, and nothing else comes out."""

import random
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.query import ListQuery
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.cursor import MAX_COUNT, Cursor, Unreadable, pack, unpack
from gateway.listing.position import At, End, Lost, Place, Position, Start
from gateway.listing.stream import anchors_for

counts = st.integers(0, MAX_COUNT - 1)
hashes = st.binary(min_size=4, max_size=4)
positions: st.SearchStrategy[Position] = st.one_of(
    st.builds(Start),
    st.builds(End),
    st.builds(
        At,
        st.none() | counts | st.text(max_size=20),
        counts,
        st.lists(hashes, max_size=8).map(tuple),
        counts,
        st.just(b"") | hashes,
        counts,
    ),
)
lost = st.integers(0, 63).map(Lost)
names = st.lists(st.text("ab-1ä", min_size=1, max_size=5), unique=True, min_size=1, max_size=5).map(sorted)


@st.composite
def cursors(draw: st.DrawFn) -> Cursor:
    places = tuple(
        Place(
            name,
            draw(hashes),
            draw(positions),
            draw(counts),
            draw(counts),
            draw(st.none() | counts),
            draw(counts),
            draw(lost),
            draw(st.booleans()),
        )
        for name in draw(names)
    )
    query = ListQuery(tuple(place.provider for place in places) if draw(st.booleans()) else None)
    return Cursor(query, places, draw(st.integers(0, len(places) - 1)), draw(counts))


@given(cursors(), counts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_what_is_packed_comes_out_again(cursor: Cursor, hour: int) -> None:
    packed = pack(cursor, hour)
    assert unpack(packed) == (cursor, hour)
    assert pack(*unpack(packed)) == packed


GOOD = Cursor(
    ListQuery(("a", "ab")),
    (
        Place("a", b"mean", At("t1", 3, (b"aaaa", b"bbbb"), 2, b"mark", 1), 7, 1, 9, 2, Lost.BAD_ITEM),
        Place("ab", b"m2m2"),
    ),
    1,
    2,
)


def readable(data: bytes) -> bool:
    """Whether it can be unpacked; nothing but ``Unreadable`` may be raised."""
    try:
        cursor, hour = unpack(data)
    except Unreadable:
        return False
    pack(cursor, hour)
    return True


@given(st.binary(max_size=60))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_random_bytes_are_unreadable(data: bytes) -> None:
    assert not readable(data)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(values, max_size=24) | values)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_values_that_are_no_cursor_are_unreadable(value: Any) -> None:
    readable(msgpack.packb(value))


@given(st.integers(0, 60), values, st.booleans())
@settings(deadline=None, derandomize=True, max_examples=500)
def test_a_cursor_in_which_one_value_is_another_is_read_or_refused(index: int, value: Any, dropped: bool) -> None:
    flat = msgpack.unpackb(pack(GOOD, 5))
    index %= len(flat)
    flat[index : index + 1] = [] if dropped else [value]
    readable(msgpack.packb(flat))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x91" * 5000 + b"\x00",
        b"\x81" * 2000,
        b"\x81\x91\x00\x00",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\x7f\xff\xff\xff",
        b"\xd6\xff\xff\xff\xff\xff",
        b"\xc1",
        b"\xa4\xff\xff\xff\xff",
        pack(GOOD, 5) + b"\x00",
        pack(GOOD, 5)[:-1],
    ],
)
def test_hostile_bytes_are_unreadable(data: bytes) -> None:
    assert not readable(data)


def flat(*places: list[Any], turn: int = 0, explicit: Any = False, rounds: Any = 0, hour: Any = 5) -> bytes:
    return bytes(msgpack.packb([hour, explicit, turn, rounds, *(value for place in places for value in place)]))


START = [0, "b", b"mean", 0, 0, None, 0, 0, 0]


@pytest.mark.parametrize(
    "data",
    [
        flat(),
        flat(START, turn=1),
        flat(START, START),
        flat(START, [0, "a", *START[2:]]),
        flat([1, "b", *START[2:]]),
        flat([0, "b", b"mea", *START[3:]]),
        flat([0, "b", b"meanmean", *START[3:]]),
        flat([*START[:8], 3]),
        flat([*START[:8], 1, -1, 0, b"", 0, b"", 0]),
        flat([*START[:8], 1, 2**53, 0, b"", 0, b"", 0]),
        flat([*START[:8], 1, 1.5, 0, b"", 0, b"", 0]),
        flat([*START[:8], 1, b"t", 0, b"", 0, b"", 0]),
        flat([*START[:8], 1, True, 0, b"", 0, b"", 0]),
        flat([*START[:8], 1, None, 0, b"123", 0, b"", 0]),
        flat([*START[:3], -1, *START[4:]]),
        flat(START, explicit=1),
        flat(START, rounds=-1),
        flat(START, hour=True),
    ],
)
def test_a_state_that_cannot_be_is_unreadable(data: bytes) -> None:
    assert readable(flat(START))
    assert not readable(data)


def sealed(names: list[str]) -> int:
    """Characters of a cursor in the middle of long offset lists."""
    rng, held = random.Random(1), anchors_for(len(names), 8)
    places = tuple(
        Place(
            name,
            rng.randbytes(4),
            At(9801, 57, tuple(rng.randbytes(4) for _ in range(held)), 99),
            sent=9857,
            total=12_000,
        )
        for name in sorted(names)
    )
    codec = CursorCodec(keys=[CursorKey(bytes(64))], environment="production", route="/v1/knowledge-stores")
    return len(codec.seal(pack(Cursor(ListQuery(), places, 1), 472_222), "acme"))


VENDORS = [
    "aitronos",
    "azure-ai-search",
    "b3os",
    "bedrock",
    "chroma",
    "dify",
    "openai",
    "pinecone",
    "scale-dex",
    "vertex",
]


def test_ten_offset_providers_fit_in_one_kibibyte() -> None:
    assert anchors_for(10, 8) == 8
    assert sealed(VENDORS) <= 1024


def test_a_hundred_offset_providers_fit_in_six_and_a_half() -> None:
    assert anchors_for(100, 8) == 2
    assert sealed([f"{name}-{team}" for name in VENDORS for team in range(10)]) <= 6.5 * 1024


def test_never_fewer_than_two_anchors_are_held_and_never_more_than_may_be() -> None:
    held = [anchors_for(providers, 8) for providers in (0, 1, 10, 11, 20, 40, 41, 1000)]
    assert held == [8, 8, 8, 7, 4, 2, 2, 2]
    assert anchors_for(1, 3) == 3
