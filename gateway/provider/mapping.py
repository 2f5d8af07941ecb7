"""From an upstream's object to the unified item. Pure; what cannot be read becomes null, what has no id is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from gateway.core.store import KnowledgeStore, RawItem
from gateway.provider.paths import MISSING, Getter, getter
from gateway.provider.spec import ItemSpec, MappedField

#: deeper than this an item is refused: it could not be written out again
MAX_DEPTH = 100
MAX_ID = 512
MAX_DIGITS = 19

_CONTAINERS = (dict, list)

T = TypeVar("T")

Mapper = Callable[[RawItem], KnowledgeStore | None]


def identity(get: Getter, raw: RawItem) -> str | None:
    """The item's id as text; None where it has none that can be told apart (null, empty, fractional, structured)."""
    found = get(raw)
    if isinstance(found, str):
        return found if 0 < len(found) <= MAX_ID else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return None


def text(value: Any) -> str | None:
    """Text as it is, numbers and truth values as JSON writes them, anything else null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return orjson.dumps(value).decode()
    return None


def count(value: Any) -> int | None:
    """A whole number from 0 on, or null."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MAX_DIGITS:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 2**63 else None


def iso_time(value: Any) -> str | None:
    """RFC 3339 in UTC with ``Z`` from an ISO 8601 text; a time without a zone is UTC; unreadable is null."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return _shortened(value) or _rfc3339(moment)
    except (ValueError, OverflowError):
        return None


def _shortened(written: str) -> str | None:
    """A time that is RFC 3339 in UTC but for the end of its fraction, as nearly all are; None for any other."""
    if written[7:17:3] != "-T::":
        return None
    rest = written[19:]
    if rest == "Z":
        return written
    fraction = rest.removesuffix("Z").removesuffix("+00:00")
    return None if fraction == rest or fraction[:1] == "," else _zulu(written[:19], fraction[1:7])


def unix_time(scale: int) -> Callable[[Any], str | None]:
    """The same from a Unix time in seconds (``scale`` 1) or milliseconds (1000)."""

    def read(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return _rfc3339(datetime.fromtimestamp(value / scale, UTC))
        except (ValueError, OverflowError, OSError):
            return None

    return read


def _rfc3339(moment: datetime) -> str:
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    seconds, _, fraction = utc.replace(tzinfo=None).isoformat().partition(".")
    return _zulu(seconds, fraction)


def _zulu(seconds: str, fraction: str) -> str:
    shown = fraction.rstrip("0")
    return f"{seconds}.{shown}Z" if shown else f"{seconds}Z"


def too_deep(value: Any, allowed: int = MAX_DEPTH) -> bool:
    """Whether a JSON value nests deeper than ``allowed``."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    if not allowed:
        return True
    for inner in value:  # noqa: SIM110 - a generator costs more than most items have to be looked at
        if isinstance(inner, _CONTAINERS) and too_deep(inner, allowed - 1):
            return True
    return False


def mapper(provider: str, spec: ItemSpec) -> Mapper:
    """A function from a raw item to the unified one, or to None where the item cannot be used."""
    get_id = getter(spec.id)
    moment = {"iso8601": iso_time, "unix": unix_time(1), "unix_ms": unix_time(1000)}[spec.time_format]
    name, description, kind_type = (
        _field(spec.name, text),
        _field(spec.description, text),
        _field(spec.type, text),
    )
    status = _translated(spec.status) if isinstance(spec.status, MappedField) else _field(spec.status, text)
    created_at, updated_at = _field(spec.created_at, moment), _field(spec.updated_at, moment)
    item_count, size_bytes = _field(spec.item_count, count), _field(spec.size_bytes, count)
    metadata = [(key, getter(path)) for key, path in spec.metadata.items()]
    kind = spec.kind

    def read(raw: RawItem) -> KnowledgeStore | None:
        native_id = identity(get_id, raw)
        if native_id is None or too_deep(raw):
            return None
        return {
            "id": f"{provider}:{native_id}",
            "provider": provider,
            "native_id": native_id,
            "kind": kind,
            "type": kind_type(raw),
            "name": name(raw),
            "description": description(raw),
            "status": status(raw),
            "created_at": created_at(raw),
            "updated_at": updated_at(raw),
            "item_count": item_count(raw),
            "size_bytes": size_bytes(raw),
            "metadata": {key: found for key, get in metadata if (found := get(raw)) is not MISSING},
        }

    return read


def _field(path: str | None, read: Callable[[Any], T | None]) -> Callable[[RawItem], T | None]:
    if path is None:
        return lambda _: None
    get = getter(path)
    return lambda raw: read(get(raw))


def _translated(field: MappedField) -> Callable[[RawItem], str | None]:
    get, values = getter(field.path), field.values

    def read(raw: RawItem) -> str | None:
        written = text(get(raw))
        return None if written is None else values.get(written)

    return read
