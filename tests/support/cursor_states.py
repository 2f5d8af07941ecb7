"""Cursors as readable YAML, and back: what the golden cursors are compared with.

A place says only what differs from that of a walk at its start. Bytes are written in hexadecimal digits.
"""

from collections.abc import Mapping
from typing import Any

from gateway.core.query import ListQuery
from gateway.listing.cursor import Cursor
from gateway.listing.position import At, End, Lost, Place, Position, Seeking, Start

State = Mapping[str, Any]

_BYTES = {"meaning", "mark"}
_HASHES = {"anchors", "departed", "first"}


def cursor_of(state: State) -> Cursor:
    """The cursor that a state describes; ``only`` is True where the client named its providers."""
    places = tuple(_place(name, held) for name, held in state["places"].items())
    query = ListQuery(tuple(state["places"]) if state.get("only") else None)
    return Cursor(query, places, state.get("turn", 0), state.get("rounds", 0))


def _place(name: str, held: State) -> Place:
    lost = Lost.NOTHING
    for reason in held.get("lost", ()):
        lost |= Lost[reason.upper()]
    given = {key: _value(key, value) for key, value in held.items() if key in _PLAIN or key in _BYTES}
    return Place(name, position=_position(held), lost=lost, **given)


def _position(held: State) -> Position:
    match {key: held[key] for key in ("at", "seeking", "ended") if key in held}:
        case {"seeking": sought, "at": at}:
            return Seeking(_at(at), **sought)
        case {"at": at}:
            return _at(at)
        case {"ended": True}:
            return End()
    return Start()


def _at(at: State) -> At:
    return At(**{key: _value(key, value) for key, value in at.items()})


def _value(key: str, value: Any) -> Any:
    if key in _HASHES:
        return tuple(map(bytes.fromhex, value))
    if key == "token" and isinstance(value, dict):  # a long one, which nobody could read
        return str(value["text"] * value["times"])
    return bytes.fromhex(value) if key in _BYTES else value


_PLAIN = set(Place.__struct_fields__) - {"provider", "position", "lost"} - _BYTES
