"""The query string of a listing request: every mistake is an error that names the parameter and the remedy."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from gateway.core.errors import InvalidParameter, UnsupportedParameter
from gateway.core.query import DEFAULT_LIMIT, MAX_LIMIT, ListQuery, PageOptions
from gateway.core.record import Record

MIN_TIMEOUT = 0.1
MAX_FIELDS = 100

#: described in the contract, not built yet
UNSUPPORTED = frozenset(
    {"kind", "type", "name", "q", "id", "status", "created_after", "created_before", "updated_after", "updated_before"}
    | {"sort"}
)
KNOWN = ("limit", "cursor", "provider", "strict", "include", "timeout")
#: free on every page, not held by the cursor, and so repeated by the link to the next page
_FREE = ("limit", "strict", "include", "timeout")

_LIMIT = re.compile(r"[0-9]{1,4}")
_TIMEOUT = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SHOWABLE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?([0-9]{1,9})\"?\s*(?:$|,)", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|,)\s*(?:no-cache|no-store)\s*(?:$|,)", re.IGNORECASE)


class ListRequest(Record, frozen=True):
    """``timeout`` in seconds, None where the client leaves it to the server; ``free`` as it was sent."""

    query: ListQuery
    cursor: str | None
    options: PageOptions
    timeout: float | None
    free: tuple[tuple[str, str], ...]

    def next_query(self, cursor: str) -> str:
        """The query string that asks for the next page in the same way."""
        return urlencode([("cursor", cursor), *self.free])


def read_request(query_string: bytes, cache_control: str | None, max_timeout: float) -> ListRequest:
    """Raises ``InvalidParameter`` or ``UnsupportedParameter``."""
    fields = _fields(query_string)
    single = {name: _single(name, values) for name, values in fields.items() if name != "provider"}
    options = PageOptions(
        limit=_limit(single.get("limit")),
        strict=_truth("strict", single.get("strict")),
        raw=_include(single.get("include")),
        max_age=_max_age(cache_control),
    )
    return ListRequest(
        query=ListQuery(_providers(fields.get("provider"))),
        cursor=single.get("cursor"),
        options=options,
        timeout=_timeout(single.get("timeout"), max_timeout),
        free=tuple((name, single[name]) for name in _FREE if name in single),
    )


def _fields(query_string: bytes) -> Mapping[str, list[str]]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise InvalidParameter("query", f"must be percent-encoded UTF-8 with at most {MAX_FIELDS} fields.") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in UNSUPPORTED:
            raise UnsupportedParameter(name, "is part of the contract, but not built yet. Leave it out.")
        if name not in KNOWN:
            shown = name if _SHOWABLE.fullmatch(name) else "query"
            raise InvalidParameter(shown, f"is not a parameter of this endpoint. Use {', '.join(KNOWN)}.")
        fields.setdefault(name, []).append(value)
    return fields


def _single(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise InvalidParameter(name, "was sent more than once. Send it once.")
    return values[0]


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(value) or not 1 <= int(value) <= MAX_LIMIT:
        raise InvalidParameter("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    return int(value)


def _truth(name: str, value: str | None) -> bool:
    if value not in {None, "true", "false"}:
        raise InvalidParameter(name, "must be true or false.")
    return value == "true"


def _include(value: str | None) -> bool:
    if value not in {None, "raw"}:
        raise InvalidParameter("include", "must be raw.")
    return value is not None


def _timeout(value: str | None, most: float) -> float | None:
    if value is None:
        return None
    if not _TIMEOUT.fullmatch(value) or not MIN_TIMEOUT <= float(value) <= most:
        raise InvalidParameter("timeout", f"must be a number of seconds from {MIN_TIMEOUT} to {most:g}.")
    return float(value)


def _providers(values: list[str] | None) -> tuple[str, ...] | None:
    """Sorted names without repetition: the order in which they are sent means nothing."""
    if values is None:
        return None
    names = [name for value in values for name in value.split(",")]
    if not all(map(_PROVIDER.fullmatch, names)):
        raise InvalidParameter("provider", "must be provider names: small letters, digits and '-', comma-separated.")
    return tuple(sorted(set(names)))


def _max_age(cache_control: str | None) -> float | None:
    """The oldest cached page that will do (RFC 9111, section 5.2.1); what cannot be read is ignored, as it says."""
    if cache_control is None:
        return None
    if _NO_CACHE.search(cache_control):
        return 0.0
    found = _MAX_AGE.search(cache_control)
    return float(found[1]) if found else None
