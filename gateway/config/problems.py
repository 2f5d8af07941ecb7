"""Every mistake in the files of one config, each said once, in the order of the files' lines.

Rules: a line says where, what, and what to do; it never holds a value, for any value may be a secret, and of a name
only so much as cannot be one. What stands at
or under a place that is already known to be wrong is not complained about again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from gateway.config.document import Document, Where

MAX_SHOWN = 64
#: names among which a nearest one is looked for, which takes its time
MAX_CANDIDATES = 200
MAX_LISTED = 25

_END = re.compile(r"[\s:=,]")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """``line`` 0: none. ``place`` empty: the file as a whole."""

    file: str
    line: int
    place: str
    text: str

    def __str__(self) -> str:
        parts = (f"{self.file}:{self.line}" if self.line else self.file, self.place, self.text)
        return ": ".join(part for part in parts if part)


class Problems:
    """Collects. Where nothing has been collected the config is sound."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._wrong: set[tuple[str, Where]] = set()
        self._around: set[tuple[str, Where]] = set()

    def tell(self, document: Document, where: Where, text: str, shown_at: Where | None = None) -> None:
        """What stands at ``where`` is wrong; ``shown_at``: what the line names as its place instead."""
        if not self.known(document.file, where):
            self._mark(document.file, where)
            at = place(where if shown_at is None else shown_at)
            self._found.append(Problem(document.file, document.line(where), at, text))

    def tell_file(self, file: str, text: str, line: int = 0, where: Where = ()) -> None:
        """The file as a whole is wrong, or its form on one line."""
        self._mark(file, where)
        self._found.append(Problem(file, line, place(where), text))

    def about(self, file: str) -> bool:
        """Whether anything is wrong in that file."""
        return any(problem.file == file for problem in self._found)

    def known(self, file: str, where: Where) -> bool:
        """Whether ``where``, or something around it, is already known to be wrong."""
        return any((file, where[:length]) in self._wrong for length in range(1, len(where) + 1))

    def known_inside(self, file: str, where: Where) -> bool:
        """Whether something inside ``where`` is already known to be wrong."""
        return (file, where) in self._around

    def lines(self) -> tuple[str, ...]:
        """All of them, sorted; the same line never twice."""
        return tuple(dict.fromkeys(map(str, sorted(self._found))))

    def __bool__(self) -> bool:
        return bool(self._found)

    def _mark(self, file: str, where: Where) -> None:
        self._wrong.add((file, where))
        self._around.update((file, where[:length]) for length in range(1, len(where)))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a document, at which to look and to complain."""

    problems: Problems
    document: Document
    where: Where = ()

    def __truediv__(self, part: str | int) -> "Spot":
        return Spot(self.problems, self.document, (*self.where, part))

    def __str__(self) -> str:
        return place(self.where)

    def tell(self, text: str) -> None:
        """What stands here is wrong."""
        self.problems.tell(self.document, self.where, text)

    def tell_of(self, name: str, text: str) -> None:
        """In here ``name`` is missing or should not be; ``text`` names it."""
        self.problems.tell(self.document, (*self.where, name), text, shown_at=self.where)

    def tell_name(self, name: str, text: str) -> None:
        """In here ``name`` itself is wrong; what stands under it may still be looked at."""
        self.problems.tell(self.document, (*self.where, name, ""), text, shown_at=self.where)

    def value(self) -> Any:
        return self.document.at(self.where)

    def names(self) -> tuple[str, ...]:
        """The keys of the mapping that stands here; none where there is no mapping."""
        return self.document.names(self.where)

    def known(self) -> bool:
        """Whether this is already known to be wrong."""
        return self.problems.known(self.document.file, self.where)

    def known_inside(self) -> bool:
        """Whether something in here is already known to be wrong."""
        return self.problems.known_inside(self.document.file, self.where)


def place(where: Where) -> str:
    """Dotted, as in ``tenants.search.keys.0``."""
    return ".".join(shown(str(part)) for part in where)


def shown(name: str) -> str:
    """A name of the file's as it may be printed: short, without control characters, and not past a colon or space.

    Where the space behind ``token:`` was forgotten, YAML takes all of ``token:secret`` for the name.
    """
    cut = _END.split(name, maxsplit=1)[0][:MAX_SHOWN]
    return (cut if cut.isprintable() else repr(cut)) + ("" if cut == name else "…") or "''"


def unknown(what: str, name: str, candidates: Iterable[str]) -> str:
    """That there is no such ``name``, and which one may be meant."""
    return f"{what} {shown(name)}{_meant(_nearest(name, candidates), candidates)}"


def unknown_value(what: str, name: str, candidates: Iterable[str]) -> str:
    """The same, without ``name`` where it is not nearly a known one: it may be a secret in the wrong place."""
    close = _nearest(name, candidates)
    return f"{what}{f' {shown(name)}' if close else ''}{_meant(close, candidates)}"


def _nearest(name: str, candidates: Iterable[str]) -> list[str]:
    known = sorted(candidates)
    return get_close_matches(name, known, n=1) if len(known) <= MAX_CANDIDATES else []


def _meant(close: list[str], candidates: Iterable[str]) -> str:
    known = sorted(candidates)
    if close:
        return f"; did you mean {shown(close[0])}?"
    if not known:
        return "; none can be given here"
    return f"; known are {', '.join(map(shown, known))}" if len(known) <= MAX_LISTED else ""
