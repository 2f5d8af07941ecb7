"""The cursor as a value, and its packed form.

Packed with MessagePack into flat lists, in a fixed order, so that equal states give equal bytes. Unpacking trusts
nothing: keys leak and bugs seal, so every value is checked again before it is used.
"""

import os
from dataclasses import dataclass
from typing import Any

import msgpack

from gateway.core.query import ListQuery
from gateway.listing.position import At, End, Lost, Place, Position, Start
from gateway.provider.provider import HASH_BYTES

MAX_COUNT = 2**53

_START, _AT, _END = range(3)
_INEXACT = 0x40


class Unreadable(Exception):
    """Not the packed form of a cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """``places`` of every provider of page one, by name; ``turn`` indexes them. ``hour`` of issue since 1970.

    ``rounds`` counts the pages in a row on which everything that was left failed.
    """

    query: ListQuery
    places: tuple[Place, ...]
    turn: int = 0
    rounds: int = 0


def pack(cursor: Cursor, hour: int) -> bytes:
    """Deterministic bytes of a cursor and the hour that stamps it."""
    flat: list[Any] = [hour, cursor.query.providers is not None, cursor.turn, cursor.rounds]
    before = ""
    for place in cursor.places:
        shared = len(os.path.commonprefix([before, place.provider]))  # noqa: RUF071  # names, which often begin alike
        flat += [shared, place.provider[shared:], place.meaning, *_pack_place(place)]
        before = place.provider
    return bytes(msgpack.packb(flat))


def _pack_place(place: Place) -> list[Any]:
    flags = int(place.lost) | (_INEXACT if place.inexact else 0)
    counts = [place.sent, place.bad, place.total, place.attempts, flags]
    match place.position:
        case Start():
            return [*counts, _START]
        case End():
            return [*counts, _END]
        case At(token, skip, anchors, ordinal, mark, idle):
            return [*counts, _AT, token, skip, b"".join(anchors), ordinal, mark, idle]


def unpack(data: bytes) -> tuple[Cursor, int]:
    """The cursor and its hour. Raises ``Unreadable``."""
    try:
        flat = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException):
        raise Unreadable from None
    reader = _Reader(flat)
    hour, explicit, turn, rounds = reader.count(), reader.flag(), reader.count(), reader.count()
    places: list[Place] = []
    while not reader.done():
        places.append(_read_place(reader, places[-1].provider if places else ""))
    names = [place.provider for place in places]
    if not names or names != sorted(set(names)) or turn >= len(names):
        raise Unreadable
    return Cursor(ListQuery(tuple(names) if explicit else None), tuple(places), turn, rounds), hour


def _read_place(reader: "_Reader", before: str) -> Place:
    shared, suffix, meaning = reader.count(), reader.text(), reader.blob()
    if shared > len(before) or len(meaning) != HASH_BYTES:
        raise Unreadable
    sent, bad, total, attempts, flags = (
        reader.count(), reader.count(), reader.optional_count(), reader.count(), reader.count(),
    )  # fmt: skip
    position = _read_position(reader)
    lost = Lost(flags & ~_INEXACT & 0x3F)
    inexact = bool(flags & _INEXACT)
    return Place(before[:shared] + suffix, meaning, position, sent, bad, total, attempts, lost, inexact)


def _read_position(reader: "_Reader") -> Position:
    match reader.count():
        case 0:
            return Start()
        case 1:
            token, skip, joined, ordinal, mark, idle = (
                reader.token(), reader.count(), reader.blob(), reader.count(), reader.blob(), reader.count(),
            )  # fmt: skip
            anchors = tuple(joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES))
            return At(token, skip, anchors, ordinal, mark, idle)
        case 2:
            return End()
    raise Unreadable


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
