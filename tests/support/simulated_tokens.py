"""The tokens of a simulated list: what they say, and which of them the list still takes.

A token's text tells its place, so that equal places have equal tokens, as where an API signs what it hands out. Where
tokens die (of age, or of use) each one is its own, as where an API keeps them.
"""

import re
from typing import Any, Literal, NamedTuple

from tests.support.simulated_answers import Refused

#: what a token holds: the rank of the last row, a position, a position in a frozen copy, a number in a circle
Kind = Literal["rank", "position", "copy", "circle"]

_TOKEN = re.compile(r"(rank|position|copy|circle)=(-?\d[-+.e\d]*)/(\d+)/(\d+)(?:~\d+)?\Z", re.ASCII)


class Place(NamedTuple):
    """``emptied``: empty pages that were sent since the last one with items."""

    kind: Kind
    at: float
    copy: int = 0
    emptied: float = 0


class TokenBook:
    """What a list keeps of its tokens, and the copies of itself that they lead through. Calls are counted from 1."""

    def __init__(self) -> None:
        self._issued: dict[str, int] = {}
        self._used: set[str] = set()
        self._forgotten = 0
        self._copies: list[list[Any]] = []

    def issue(self, place: Place, call: int, *, mortal: bool) -> str:
        """A token for ``place``; a new one each time where tokens die."""
        text = f"{place.kind}={place.at!r}/{place.copy}/{place.emptied}"
        if mortal:
            text += f"~{len(self._issued)}"
        self._issued[text] = call
        return text

    def redeem(self, text: str, call: int, *, life: int | None, single_use: bool) -> Place | None:
        """The place of a token; None where it is no longer taken. Raises ``Refused`` where it never was a token."""
        place = _read(text)
        issued = self._issued.get(text)
        if issued is None:  # another replica's: taken where a token need not be known
            stateless = life is None and not single_use and not self._forgotten and place.kind != "copy"
            return place if stateless else None
        if issued <= self._forgotten or (life is not None and call - issued > life):
            return None
        if single_use and text in self._used:
            return None
        self._used.add(text)
        return place

    def forget(self, call: int) -> None:
        """Take none of the tokens that were handed out up to ``call``."""
        self._forgotten = call

    def keep(self, values: list[Any]) -> int:
        """The number of a copy with these values: the same for as long as they are."""
        if not self._copies or self._copies[-1] != values:
            self._copies.append(values)
        return len(self._copies) - 1

    def copy(self, number: int) -> list[Any]:
        return self._copies[number]


def _read(text: str) -> Place:
    match = _TOKEN.match(text)
    if match is None:
        raise Refused(400, "the token is none")
    kind: Kind = match[1]  # type: ignore[assignment] # the expression allows no other
    return Place(kind, float(match[2]) if kind == "rank" else int(match[2]), int(match[3]), int(match[4]))
