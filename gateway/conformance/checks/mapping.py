"""Whether each mapped field is there, and can be read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.conformance.evidence import Evidence
from gateway.conformance.fields import TimeFormat, is_time, similar, time_format
from gateway.conformance.finding import Finding, error, ok, warning
from gateway.core.store import RawItem
from gateway.provider.mapping import Mapper, count, text
from gateway.provider.paths import MISSING, getter
from gateway.provider.spec import ItemSpec, MappedField

TIMES = ("created_at", "updated_at")
FIELDS = ("name", "description", "type", "status", *TIMES, "item_count", "size_bytes")
MAX_VALUES = 5


def fields(evidence: Evidence) -> Iterator[Finding]:
    """A finding for each field that is wrong; one for all where none is."""
    spec, items = evidence.spec.item, evidence.items
    found = [*_time_format(spec, items)]
    for name, path in _mapped(spec).items():
        if not (name in TIMES and found):
            found += _field(name, path, evidence)
    found += [finding for name, path in spec.metadata.items() for finding in _metadata(name, path, items)]
    yield from found or [ok("item", "every mapped field is there")]


def _mapped(spec: ItemSpec) -> dict[str, str]:
    given = {name: getattr(spec, name) for name in FIELDS}
    return {
        name: path.path if isinstance(path, MappedField) else path for name, path in given.items() if path is not None
    }


def _field(name: str, path: str, evidence: Evidence) -> Iterator[Finding]:
    items, declared = evidence.items, f"{name}: {path}"
    values = [getter(path)(item) for item in items]
    if all(value is MISSING for value in values):
        yield _missing(f"item.{name}", name, declared, items)
        return
    given = [value for value in values if value is not MISSING and value is not None]
    if not given:
        yield ok(f"item.{name}", f"null in each of {len(items)} items", declared=declared)
    elif isinstance(evidence.spec.item.status, MappedField) and name == "status":
        yield from _status(evidence.spec.item.status, given, len(items))
    else:
        yield from _unreadable(name, declared, given, evidence)


def _missing(about: str, name: str, declared: str, items: list[RawItem]) -> Finding:
    seen = f"null in each of {len(items)} items: none of them has anything there"
    others = similar(name, items, _READABLE.get(name, _is_text))
    if not others:
        return warning(about, seen, declared=declared, remedy=f"leave {name} out where the API has no such field")
    return error(
        about, f"{seen}; they do have {', '.join(others[:3])}", declared=declared, remedy=f"{name}: {others[0]}"
    )


def _status(field: MappedField, given: list[Any], of: int) -> Iterator[Finding]:
    values = dict.fromkeys(text(value) or "(an object or a list)" for value in given)
    unknown = [value for value in values if value not in field.values]
    if not unknown:
        return
    lost = sum((text(value) or "") not in field.values for value in given)
    seen = f"null in {lost} of {of} items, for these values are not translated: {_some(unknown)}"
    make = error if lost == len(given) else warning
    yield make("item.status", seen, declared=f"values: {_some(list(field.values))}", remedy="add them to values")


def _unreadable(name: str, declared: str, given: list[Any], evidence: Evidence) -> Iterator[Finding]:
    items = evidence.items
    lost = sum(_unread(name, _mapped(evidence.spec.item)[name], item, evidence.store) for item in items)
    if not lost:
        return
    kind = type(given[0]).__name__
    seen = f"null in {lost} of {len(items)} items, for what they have there cannot be read as {_AS[name]} ({kind})"
    remedy = _format_remedy(given) if name in TIMES else f"leave {name} out, or name another path"
    yield (error if lost == len(given) else warning)(f"item.{name}", seen, declared=declared, remedy=remedy)


def _unread(name: str, path: str, item: RawItem, store: Mapper) -> bool:
    """Whether a usable item has something there, and the mapped one has nothing."""
    mapped = store(item)
    return mapped is not None and dict(mapped)[name] is None and getter(path)(item) not in (MISSING, None)


def _time_format(spec: ItemSpec, items: list[RawItem]) -> Iterator[Finding]:
    """Whether times are of the declared format, told of all time fields at once."""
    paths = [path for path in (spec.created_at, spec.updated_at) if path]
    values = [value for path in paths for item in items if (value := getter(path)(item)) not in (MISSING, None)]
    seen_as = time_format(values)
    if seen_as and seen_as != spec.time_format:
        seen = f"the times at {', '.join(paths)} are {_FORMATS[seen_as]}"
        declared = f"time_format: {spec.time_format}"
        yield error("item.time_format", seen, declared=declared, remedy=f"time_format: {seen_as}")


def _format_remedy(given: list[Any]) -> str:
    if all(isinstance(value, str) and value.isdigit() for value in given):
        return "numbers written as text cannot be mapped to times: leave it out"
    return "name a path that holds times: ISO 8601 texts, or Unix times as numbers"


def _metadata(name: str, path: str, items: list[RawItem]) -> Iterator[Finding]:
    if items and all(getter(path)(item) is MISSING for item in items):
        yield _missing(f"item.metadata.{name}", name, f"{name}: {path}", items)


def _some(values: list[str]) -> str:
    more = f" and {len(values) - MAX_VALUES} more" if len(values) > MAX_VALUES else ""
    return ", ".join(values[:MAX_VALUES]) + more


def _is_text(value: Any) -> bool:
    return text(value) is not None


def _is_count(value: Any) -> bool:
    return count(value) is not None


_READABLE: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(TIMES, is_time),
    "item_count": _is_count,
    "size_bytes": _is_count,
}
_AS = {
    **dict.fromkeys(FIELDS, "text"),
    **dict.fromkeys(TIMES, "a time"),
    "item_count": "a whole number",
    "size_bytes": "a whole number",
}
_FORMATS: Mapping[TimeFormat, str] = {
    "iso8601": "ISO 8601 texts",
    "unix": "Unix times in seconds",
    "unix_ms": "Unix times in milliseconds",
}
