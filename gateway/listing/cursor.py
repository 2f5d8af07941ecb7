"""The cursor as a value, and its packed form.

Packed with MessagePack into flat lists, in a fixed order, so that equal states give equal bytes. Unpacking trusts
nothing: keys leak and bugs seal, so every value is checked again before it is used.

Two formats are read and can be written, the current one and that of the release before: while replicas of both run,
the newer ones write what all of them read (``cursor.format``). What format 1 cannot hold is left out of it: a search,
which is therefore never cut where it is written; what would be passed over, which may come again, and that is said; and
all but one of a list's first items. What format 2 holds elsewhere is in the flags: the release before does not look at
those it does not know.
"""

from typing import Any

from msgspec import msgpack
from msgspec.structs import replace

from gateway.core.query import ListQuery
from gateway.core.record import Record
from gateway.listing.position import At, End, Lost, Place, Position, Seeking, Start
from gateway.provider.provider import HASH_BYTES

FORMATS = (1, 2)
CURRENT = 2
#: formats that hold a search, so that it may be cut and go on with the next request
SEARCHED = frozenset({2})
MAX_COUNT = 2**53

_START, _AT, _END, _SEEKING = range(4)
_LOST, _INEXACT, _DISORDERED, _RESTART, _RESTARTS = 0x3F, 0x40, 0x80, 0x100, 0xFF00
#: of ``At``: ``inside``; in format 1 ``due``, and whether and which item is the ``first``
_DUE, _FIRST, _INSIDE, _FIRST_HASH = 0x10000, 0x20000, 0x40000, 0x100000


class Unreadable(Exception):
    """Not the packed form of a cursor."""


class Cursor(Record, frozen=True):
    """``places`` of every provider of page one, by name; ``turn`` indexes them. ``hour`` of issue since 1970.

    ``rounds`` counts the pages in a row on which everything that was left failed.
    """

    query: ListQuery
    places: tuple[Place, ...]
    turn: int = 0
    rounds: int = 0


def pack(cursor: Cursor, hour: int, version: int = CURRENT) -> bytes:
    """Deterministic bytes of a cursor and the hour that stamps it, in one of the ``FORMATS``."""
    flat: list[Any] = [hour, cursor.query.providers is not None, cursor.turn, cursor.rounds]
    before = ""
    for place in cursor.places:
        shared = _shared(before, place.provider)
        flat += [shared, place.provider[shared:], place.meaning, *_pack_place(place, version)]
        before = place.provider
    return msgpack.encode(flat)


def _shared(one: str, other: str) -> int:
    """How many characters two names, which often begin alike, have in common from the start."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _pack_place(place: Place, version: int) -> list[Any]:
    flags = int(place.lost) | (_INEXACT if place.inexact else 0) | (_DISORDERED if place.disordered else 0)
    flags += place.restarts * _RESTART
    at = _at(place.position)
    flags |= _INSIDE if at and at.inside else 0
    if at and version == 1:
        flags |= (int(Lost.DRIFTED) if at.departed else 0) | (_DUE if at.due else 0)
        flags |= _FIRST | int.from_bytes(at.first[0]) * _FIRST_HASH if at.first else 0
    counts = [place.sent, place.bad, place.total, place.attempts, flags]
    return [*counts, *_pack_position(place.position, version)]


def _at(position: Position) -> At | None:
    at = position.at if isinstance(position, Seeking) else position
    return at if isinstance(at, At) else None


def _pack_position(position: Position, version: int) -> list[Any]:
    match position:
        case Start():
            return [_START]
        case End():
            return [_END]
        case At():
            return [_AT, *_pack_at(position, version)]
        case Seeking(at, low, high, size, pages):
            return (
                [_AT, *_pack_at(at, 1)] if version == 1 else [_SEEKING, *_pack_at(at, version), low, high, size, pages]
            )


def _pack_at(at: At, version: int) -> list[Any]:
    packed = [at.token, at.skip, b"".join(at.anchors), at.ordinal, at.mark]
    if version == 1:
        return [*packed, at.idle]
    packed += [at.idle * 2 + at.due, b"".join(at.departed)]
    return [*packed, b"".join(at.first)] if isinstance(at.token, str) else packed


def unpack(data: bytes, version: int = CURRENT) -> tuple[Cursor, int]:
    """The cursor and its hour. Raises ``Unreadable``."""
    try:
        flat = msgpack.decode(data)
    except (ValueError, RecursionError):
        raise Unreadable from None
    reader = _Reader(flat)
    hour, explicit, turn, rounds = reader.count(), reader.flag(), reader.count(), reader.count()
    places: list[Place] = []
    while not reader.done():
        places.append(_read_place(reader, places[-1].provider if places else "", version))
    names = [place.provider for place in places]
    if not names or names != sorted(set(names)) or turn >= len(names):
        raise Unreadable
    return Cursor(ListQuery(tuple(names) if explicit else None), tuple(places), turn, rounds), hour


def _read_place(reader: "_Reader", before: str, version: int) -> Place:
    shared, suffix, meaning = reader.count(), reader.text(), reader.blob()
    if shared > len(before) or len(meaning) != HASH_BYTES:
        raise Unreadable
    sent, bad, total, attempts, flags = (
        reader.count(), reader.count(), reader.optional_count(), reader.count(), reader.count(),
    )  # fmt: skip
    position = _read_position(reader, version)
    if version == 1 and isinstance(position, At):
        first = ((flags // _FIRST_HASH).to_bytes(8)[-HASH_BYTES:],) if flags & _FIRST else ()
        position = replace(position, due=bool(flags & _DUE), first=first)
    if flags & _INSIDE and (at := _at(position)):
        at = replace(at, inside=True)
        position = replace(position, at=at) if isinstance(position, Seeking) else at
    return Place(
        provider=before[:shared] + suffix,
        meaning=meaning,
        position=position,
        sent=sent,
        bad=bad,
        total=total,
        attempts=attempts,
        lost=Lost(flags & _LOST),
        inexact=bool(flags & _INEXACT),
        disordered=bool(flags & _DISORDERED),
        restarts=(flags & _RESTARTS) // _RESTART,
    )


def _read_position(reader: "_Reader", version: int) -> Position:
    kind = reader.count()
    if kind == _START:
        return Start()
    if kind == _AT:
        return _read_at(reader, version)
    if kind == _END:
        return End()
    if kind == _SEEKING and version > 1:
        at = _read_at(reader, version)
        return Seeking(at, reader.token(), reader.token(), reader.optional_count(), reader.count())
    raise Unreadable


def _read_at(reader: "_Reader", version: int) -> At:
    token, skip, joined, ordinal, mark, idle = (
        reader.token(), reader.count(), reader.blob(), reader.count(), reader.blob(), reader.count(),
    )  # fmt: skip
    if version == 1:
        return At(token, skip, _hashes(joined), ordinal, mark, idle)
    departed, first = reader.blob(), reader.blob() if isinstance(token, str) else b""
    anchors, due = _hashes(joined), bool(idle % 2)
    return At(token, skip, anchors, ordinal, mark, idle // 2, _hashes(departed), _hashes(first), due)


def _hashes(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES))


class _Reader:
    """Takes checked values off a flat list, one after the other."""

    def __init__(self, flat: Any) -> None:
        if not isinstance(flat, list):
            raise Unreadable
        self._values = flat
        self._next = 0

    def done(self) -> bool:
        return self._next == len(self._values)

    def _take(self) -> Any:
        if self.done():
            raise Unreadable
        self._next += 1
        return self._values[self._next - 1]

    def count(self) -> int:
        value = self._take()
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_COUNT:
            raise Unreadable
        return value

    def optional_count(self) -> int | None:
        if not self.done() and self._values[self._next] is None:
            self._next += 1
            return None
        return self.count()

    def flag(self) -> bool:
        value = self._take()
        if not isinstance(value, bool):
            raise Unreadable
        return value

    def text(self) -> str:
        value = self._take()
        if not isinstance(value, str):
            raise Unreadable
        return value

    def blob(self) -> bytes:
        value = self._take()
        if not isinstance(value, bytes) or len(value) % HASH_BYTES:
            raise Unreadable
        return value

    def token(self) -> int | str | None:
        if not self.done() and self._values[self._next] is None:
            self._next += 1
            return None
        return self.text() if not self.done() and isinstance(self._values[self._next], str) else self.count()
