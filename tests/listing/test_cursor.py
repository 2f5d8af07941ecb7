"""The packed state: what goes in comes out, and nothing else comes out."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from msgspec import msgpack
from msgspec.structs import replace

from gateway.core.query import ListQuery
from gateway.listing.cursor import CURRENT, FORMATS, MAX_COUNT, Cursor, Unreadable, pack, unpack
from gateway.listing.position import At, End, Lost, Place, Position, Seeking, Start

BOTH = pytest.mark.parametrize("version", FORMATS)

counts = st.integers(0, MAX_COUNT - 1)
hashes = st.binary(min_size=4, max_size=4)
tokens = st.none() | counts | st.text(max_size=20)


@st.composite
def ats(draw: st.DrawFn) -> At:
    token, held = draw(tokens), st.lists(hashes, max_size=8).map(tuple)
    return At(
        token,
        draw(counts),
        draw(held),
        draw(counts),
        draw(st.just(b"") | hashes),
        draw(st.integers(0, MAX_COUNT // 2 - 1)),
        departed=draw(held),
        first=draw(held) if isinstance(token, str) else (),  # only where tokens lead through a list
        due=draw(st.booleans()),
        inside=draw(st.booleans()),
    )


positions: st.SearchStrategy[Position] = st.one_of(
    st.builds(Start),
    st.builds(End),
    ats(),
    st.builds(Seeking, ats(), tokens, tokens, st.none() | counts, counts),
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
            draw(st.booleans()),
            draw(st.integers(0, 255)),
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


def without_what_format_1_cannot_hold(place: Place) -> Place:
    """Of what would be passed over, it says that it may come again."""
    at = place.position.at if isinstance(place.position, Seeking) else place.position
    if not isinstance(at, At):
        return place
    lost = place.lost | (Lost.DRIFTED if at.departed else Lost.NOTHING)
    return replace(place, position=replace(at, departed=(), first=at.first[:1]), lost=lost)


@given(cursors(), counts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_format_1_leaves_out_what_it_cannot_hold_and_nothing_else(cursor: Cursor, hour: int) -> None:
    packed = pack(cursor, hour, 1)
    places = tuple(map(without_what_format_1_cannot_hold, cursor.places))
    assert unpack(packed, 1) == (replace(cursor, places=places), hour)
    assert pack(*unpack(packed, 1), 1) == packed


def test_the_current_format_is_the_newest_and_the_one_before_it_is_read() -> None:
    assert FORMATS == (CURRENT - 1, CURRENT)


GOOD = Cursor(
    ListQuery(("a", "ab")),
    (
        Place(
            "a",
            b"mean",
            At("t1", 3, (b"aaaa",), 2, b"mark", 1, (b"bbbb",), (b"1st.",), due=True, inside=True),
            7,
            1,
            9,
            2,
            Lost.BAD_ITEM,
        ),
        Place("ab", b"m2m2"),
        Place(
            "abc",
            b"m3m3",
            Seeking(At(90, 4, (b"cccc",), 8, inside=True), 45, 108, 9, 3),
            94,
            0,
            None,
            0,
            Lost.DRIFTED,
            True,
        ),
        Place("b", b"m4m4", Seeking(At("t3", 0, (b"dddd",), 8), None, "t7", None, 12), disordered=True, restarts=2),
        Place("c", b"m5m5", End(), 5),
    ),
    1,
    2,
)


def readable(data: bytes, version: int = CURRENT) -> bool:
    """Whether it can be unpacked; nothing but ``Unreadable`` may be raised."""
    try:
        cursor, hour = unpack(data, version)
    except Unreadable:
        return False
    pack(cursor, hour, version)
    return True


@BOTH
@given(st.binary(max_size=60))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_random_bytes_are_unreadable(version: int, data: bytes) -> None:
    assert not readable(data, version)


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


@BOTH
@given(st.lists(values, max_size=24) | values)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_values_that_are_no_cursor_are_unreadable(version: int, value: Any) -> None:
    readable(msgpack.encode(value), version)


@BOTH
@given(st.integers(0, 100), values, st.booleans())
@settings(deadline=None, derandomize=True, max_examples=500)
def test_a_cursor_in_which_one_value_is_another_is_read_or_refused(
    version: int, index: int, value: Any, dropped: bool
) -> None:
    flat = msgpack.decode(pack(GOOD, 5, version))
    index %= len(flat)
    flat[index : index + 1] = [] if dropped else [value]
    readable(msgpack.encode(flat), version)


#: what stands nowhere in a cursor
NOWHERE = [
    -1,
    -(2**63),
    MAX_COUNT,
    2**64 - 1,
    0.5,
    float("inf"),
    b"odd",
    [],
    [0],
    {},
    {"a": 0},
    msgpack.Ext(7, b""),
]


@BOTH
@pytest.mark.parametrize("value", NOWHERE, ids=lambda value: type(value).__name__)
def test_no_value_of_a_cursor_can_be_negative_huge_or_of_a_type_that_it_does_not_hold(version: int, value: Any) -> None:
    flat = msgpack.decode(pack(GOOD, 5, version))
    for index in range(len(flat)):
        assert not readable(msgpack.encode([*flat[:index], value, *flat[index + 1 :]]), version), index


#: by type, what cannot stand for a value of it; a token may be a number or text, so neither is told from the other
NO_SUBSTITUTES: dict[type, list[Any]] = {
    bool: [None, 0, 1, "", b""],
    int: [True, False, b"", b"four"],
    str: [True, False, b"", b"four"],
    bytes: [True, False, None, 0, "", "four"],
    type(None): [True, False, b"", b"four"],
}


@BOTH
@pytest.mark.parametrize("kind", NO_SUBSTITUTES)
def test_a_value_of_another_type_is_unreadable(version: int, kind: type) -> None:
    flat = msgpack.decode(pack(GOOD, 5, version))
    held = [index for index, value in enumerate(flat) if type(value) is kind]
    assert held
    for index in held:
        for value in NO_SUBSTITUTES[kind]:
            assert not readable(msgpack.encode([*flat[:index], value, *flat[index + 1 :]]), version), (index, value)


@BOTH
def test_packing_leaves_nothing_behind(version: int) -> None:
    """An enum keeps every combination of its flags that it has ever made."""
    before = len(Lost._value2member_map_)
    for number in range(50):
        first = (number.to_bytes(4),)
        pack(Cursor(ListQuery(), (Place("a", b"mean", At("t", 0, departed=(b"gone",), first=first)),)), 5, version)
    assert len(Lost._value2member_map_) <= before + 1


def test_a_search_is_unreadable_in_a_format_that_knows_none() -> None:
    sought = Cursor(ListQuery(), (Place("a", b"mean", Seeking(At(9, 1, (b"aaaa",)), 0, 18, 9, 1)),))
    assert readable(pack(sought, 5))
    assert not readable(pack(sought, 5), 1)


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
    return msgpack.encode([hour, explicit, turn, rounds, *(value for place in places for value in place)])


START = [0, "b", b"mean", 0, 0, None, 0, 0, 0]
ON_PAGE = [*START[:8], 1, 9, 1, b"aaaa", 0, b"", 0, b""]
LED = [*START[:8], 1, "t", 1, b"aaaa", 0, b"", 0, b"", b"1st."]
SEARCHED = [*START[:8], 3, 9, 1, b"aaaa", 0, b"", 0, b"", 0, 18, 9, 1]


def but(place: list[Any], index: int, value: Any) -> list[Any]:
    """A place in which one value is another; negative indices count from its end."""
    return [*place[:index], value, *(place[index:][1:])]


@pytest.mark.parametrize("place", [START, ON_PAGE, LED, SEARCHED])
def test_a_state_that_can_be_is_readable(place: list[Any]) -> None:
    assert readable(flat(place))


@pytest.mark.parametrize(
    "data",
    [
        flat(),
        flat(START, turn=1),
        flat(START, START),
        flat(START, but(START, 1, "a")),
        flat(but(START, 0, 1)),
        flat(but(START, 2, b"mea")),
        flat(but(START, 2, b"meanmean")),
        flat(but(START, 3, -1)),
        flat(but(START, 8, 3)),
        flat(but(START, 8, 4)),
        flat(START, explicit=1),
        flat(START, rounds=-1),
        flat(START, hour=True),
        *(flat(but(ON_PAGE, 9, token)) for token in (-1, 2**53, 1.5, b"t", True, "t")),
        flat(but(ON_PAGE, 11, b"123")),
        flat(but(ON_PAGE, 15, b"123")),
        flat(ON_PAGE[:-1]),
        flat(but(LED, 16, b"123")),
        flat(LED[:-1]),
        flat(but(SEARCHED, -2, -1)),
        flat(but(SEARCHED, -1, None)),
        flat(but(SEARCHED, -4, 0.5)),
        flat(SEARCHED[:-4]),
    ],
)
def test_a_state_that_cannot_be_is_unreadable(data: bytes) -> None:
    assert not readable(data)
