"""What the items of a list hold that a spec could have meant: ids, times, fields under other names. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from gateway.core.store import RawItem
from gateway.provider.mapping import MAX_ID

MAX_DEPTH = 3
MAX_PATHS = 300

TimeFormat = Literal["iso8601", "unix", "unix_ms"]

#: the names, without case and punctuation, under which APIs keep what is one field here
_NAMES = {
    "name": ("name", "title", "label", "displayname"),
    "description": ("description", "summary", "about", "details", "desc"),
    "type": ("type", "kind", "category", "engine", "sourcetype"),
    "status": ("status", "state", "isactive", "active", "phase", "enabled"),
    "created_at": ("createdat", "created", "createdon", "creationtime", "createtime", "creationdate", "createddate",
                   "datecreated", "createdtime", "insertedat", "timestamp"),
    "updated_at": ("updatedat", "updated", "updatedon", "modifiedat", "modified", "modifiedon", "lastmodified",
                   "updatetime", "updateddate", "lastupdated", "changed", "changedat", "lastactiveat"),
    "item_count": ("itemcount", "filecount", "count", "documentcount", "documents", "numdocuments", "files",
                   "filestotal", "total", "entries", "docs", "vectorcount", "numitems"),
    "size_bytes": ("sizebytes", "bytes", "size", "datasize", "usagebytes", "totalbytes", "storagebytes"),
}  # fmt: skip
_ID = re.compile(r"(^|\.)_?(id|uuid|guid|key|arn|slug)$|id$|Id$|ID$|name$", re.IGNORECASE)

#: Unix times of 1990 and 2100
_FROM, _TO = 631_152_000, 4_102_444_800
_YEARS = (1990, 2100)


def paths(item: RawItem, before: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any]]:
    """Every path in one item, with what stands there."""
    if not isinstance(item, dict) or depth == 0:
        return
    for name, value in list(item.items())[:MAX_PATHS]:
        if name and not re.search(r"[.\s]|^\$", name):
            yield f"{before}{name}", value
            yield from paths(value, f"{before}{name}.", depth - 1)


def identifiers(items: Sequence[RawItem]) -> list[str]:
    """Paths at which every item has an id of its own, those that are named like one first."""
    columns = _columns(items)
    found = [path for path, values in columns.items() if _distinct(values, len(items))]
    return sorted(found, key=_rank_of_id)


def _distinct(values: list[Any], count: int) -> bool:
    usable = [value for value in values if isinstance(value, str | int) and not isinstance(value, bool)]
    ids = {str(value) for value in usable if 0 < len(str(value)) <= MAX_ID}
    return len(ids) == count == len(values)


def _rank_of_id(path: str) -> tuple[int, int]:
    named = path == "id" or path.endswith(".id")
    return (0 if named else 1 if _ID.search(path) else 2, path.count("."))


def similar(field: str, items: Sequence[RawItem], accepts: Callable[[Any], bool]) -> list[str]:
    """Paths under which APIs keep ``field``, with a value in at least one item that ``accepts`` takes."""
    names = _NAMES.get(field, (_plain(field),))
    columns = _columns(items)
    found = [
        path
        for path, values in columns.items()
        if _plain(path.rpartition(".")[2]) in names and any(map(accepts, values))
    ]
    return sorted(found, key=lambda path: (names.index(_plain(path.rpartition(".")[2])), path.count(".")))


def _columns(items: Sequence[RawItem]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for item in items:
        for path, value in paths(item):
            columns.setdefault(path, []).append(value)
    return columns


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def time_format(values: Sequence[Any]) -> TimeFormat | None:
    """The format in which most of ``values`` are times of our age, and none is in another; None where there is none."""
    formats = [found for value in values if (found := _format(value))]
    return formats[0] if len(set(formats)) == 1 and 2 * len(formats) > len(values) else None


def is_time(value: Any) -> bool:
    return _format(value) is not None


def _format(value: Any) -> TimeFormat | None:
    if isinstance(value, str):
        return "iso8601" if _iso(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if _FROM <= value <= _TO:
        return "unix"
    return "unix_ms" if _FROM <= value / 1000 <= _TO else None


def _iso(value: str) -> bool:
    try:
        return _YEARS[0] <= datetime.fromisoformat(value).year <= _YEARS[1]
    except ValueError:
        return False
