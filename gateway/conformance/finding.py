"""The answer to one question about a spec."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``WARNING``: works, with a drawback, or could not be checked. ``ERROR``: a declaration does not hold."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """``about``: the place in the spec; ``declared``: what it says there; ``remedy``: what to write instead."""

    about: str
    level: Level
    seen: str
    declared: str = ""
    remedy: str = ""


def ok(about: str, seen: str, *, declared: str = "", remedy: str = "") -> Finding:
    """``remedy`` is then a hint."""
    return Finding(about, Level.OK, seen, declared, remedy)


def warning(about: str, seen: str, *, declared: str = "", remedy: str = "") -> Finding:
    return Finding(about, Level.WARNING, seen, declared, remedy)


def error(about: str, seen: str, *, declared: str = "", remedy: str = "") -> Finding:
    return Finding(about, Level.ERROR, seen, declared, remedy)


def counted(number: int, what: str) -> str:
    """``1 item``, ``2 items``."""
    return f"{number} {what}{'' if number == 1 else 's'}"
