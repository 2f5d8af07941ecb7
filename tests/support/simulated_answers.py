"""What a simulated upstream answers: replies, refusals, faults, and what it says of its own length. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

#: the query of a call, decoded
Query = Sequence[tuple[str, str]]

#: how a list says whether more follows: as it is, not at all, null, the same always, when the page is full, as text
Flag = Literal["honest", "absent", "null", "always", "never", "full", "text"]
#: how a list states a number
Stated = Literal["honest", "absent", "null", "zero", "low", "high", "text", "negative", "huge", "fraction", "true"]

JSON = {"content-type": "application/json"}
MAX_DIGITS = 9


class _Absent:
    """In place of a member of the answer: there is none."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Reply:
    """``headers`` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer in place of the list's own."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def reply(self) -> Reply:
        return Reply(self.status, dict(self.headers), self.body)


@dataclass(slots=True)
class Part:
    """A page before it is written. ``more`` is honest, ``full`` as far as the server's own size goes."""

    values: list[Any]
    more: bool
    count: int
    """Items of the whole list."""
    following: str | None = None
    """The token of the next page."""


class Hang(Exception):
    """The call is never answered."""


class Drop(Exception):
    """The connection ends without an answer."""


class Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.reply = Reply(status, JSON, orjson.dumps({"error": {"status": status, "detail": detail}}))


def parameters(query: Query, known: tuple[str, ...]) -> dict[str, str]:
    """The query by name. Raises ``Refused`` for a repeated parameter, and for one that is not known."""
    asked = dict(query)
    if len(asked) != len(query):
        raise Refused(400, "a parameter is repeated")
    if not asked.keys() <= set(known):
        raise Refused(400, "a parameter is not known")
    return asked


def whole(asked: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """A whole number of the query. Raises ``Refused`` for anything else."""
    if name not in asked:
        return default
    text = asked[name]
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) >= least:
        return int(text)
    raise Refused(400, f"{name} is not a whole number from {least} on")


def said(flag: Flag, *, more: bool, full: bool) -> Any:
    """What stands at ``has_more``."""
    answers: dict[Flag, Any] = {
        "honest": more,
        "absent": ABSENT,
        "null": None,
        "always": True,
        "never": False,
        "full": full,
        "text": "true",
    }
    return answers[flag]


def stated(how: Stated, honest: int) -> Any:
    """What stands where a number is stated that is truly ``honest``."""
    answers: dict[Stated, Any] = {
        "honest": honest,
        "absent": ABSENT,
        "null": None,
        "zero": 0,
        "low": honest // 2,
        "high": honest + 7,
        "text": str(honest),
        "negative": -1,
        "huge": 2**63,
        "fraction": honest + 0.5,
        "true": True,
    }
    return answers[how]


def page_start(index: int, sizes: int | Callable[[int], int]) -> int:
    """Where the page with that index starts, of pages that are all of one size or of one each."""
    return index * sizes if isinstance(sizes, int) else sum(sizes(before) for before in range(index))


def page_count(rows: int, sizes: int | Callable[[int], int]) -> int:
    """How many such pages ``rows`` fill."""
    if isinstance(sizes, int):
        return -(-rows // sizes)
    count = start = 0
    while start < rows:
        start += sizes(count)
        count += 1
    return count


def json(body: Any) -> bytes:
    """The members that are there, as JSON."""
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if value is not ABSENT}
    return orjson.dumps(body)
