"""Dotted paths into a JSON value: ``data.items``, ``$`` for the value itself. Compiled once, never run as code."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

#: a dotted path: names separated by single dots, or ``$`` alone
Path = Annotated[str, StringConstraints(pattern=r"^(\$|[^.\s$][^.\s]*(\.[^.\s]+)*)$", max_length=200)]
#: one path, or several of which the first that leads to something counts
Paths = Path | Annotated[tuple[Path, ...], "first that is present"]

Getter = Callable[[Any], Any]


class _Missing:
    """What a path leads to when it leads nowhere; not None, which is a value upstreams send."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def getter(path: str) -> Getter:
    """A function from a JSON value to what stands at ``path`` in it, or ``MISSING``."""
    if path == "$":
        return lambda value: value
    names = path.split(".")
    if len(names) == 1:
        (name,) = names
        return lambda value: value.get(name, MISSING) if isinstance(value, dict) else MISSING

    def walk(value: Any) -> Any:
        if isinstance(value, dict) and path in value:  # a key with a dot in it: @odata.nextLink
            return value[path]
        for name in names:
            if not isinstance(value, dict):
                return MISSING
            value = value.get(name, MISSING)
        return value

    return walk


def first_of(paths: str | Sequence[str], accepts: Callable[[Any], bool] = lambda value: value is not MISSING) -> Getter:
    """A function to the first value along ``paths`` that ``accepts`` takes, or ``MISSING``."""
    getters = [getter(path) for path in ([paths] if isinstance(paths, str) else paths)]

    def choose(value: Any) -> Any:
        for get in getters:
            found = get(value)
            if accepts(found):
                return found
        return MISSING

    return choose
