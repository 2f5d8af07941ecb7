"""A page as bytes, in an envelope that says whose it is.

The envelope holds the format's version, the page's key and the tenant, and all of them are checked when it is read:
a reply that belongs to another key, another tenant, another release or another service is no page, never a leak.
"""

import math
from typing import Any, TypeGuard

import orjson

from gateway.provider.led import MAX_TOKEN
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import MAX_ITEMS
from gateway.provider.validator import Validator

VERSION = 2
#: bytes of an entry; a longer one is neither written nor read
MAX_ENTRY = 16 * 1024**2
MAX_TOTAL = 2**53

_FIELDS = {"v", "key", "tenant", "fetched_at", "items", "next", "overlap", "promised", "total", "validator"}


def encode(key: str, tenant: str, page: Page) -> bytes | None:
    """The entry, or None for a page that cannot be kept: too long, or nested too deeply to be written."""
    envelope = {
        "v": VERSION,
        "key": key,
        "tenant": tenant,
        "fetched_at": page.fetched_at,
        "next": page.next,
        "overlap": page.overlap,
        "promised": page.promised,
        "total": page.total,
        "validator": page.validator and (page.validator.condition, page.validator.value),
        "items": page.items,
    }
    try:
        written = orjson.dumps(envelope)
    except orjson.JSONEncodeError:
        return None
    return written if len(written) <= MAX_ENTRY else None


def decode(key: str, tenant: str, written: bytes) -> Page | None:
    """The page of ``key`` and ``tenant`` that ``encode`` wrote, or None for anything else. Never raises."""
    if len(written) > MAX_ENTRY:
        return None
    try:
        envelope = orjson.loads(written)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(envelope, dict) or envelope.keys() != _FIELDS or not _belongs(envelope, key, tenant):
        return None
    return _page(envelope)


def _belongs(envelope: dict[str, Any], key: str, tenant: str) -> bool:
    version = envelope["v"]
    return type(version) is int and (version, envelope["key"], envelope["tenant"]) == (VERSION, key, tenant)


def _page(envelope: dict[str, Any]) -> Page | None:
    items, overlap, promised = envelope["items"], envelope["overlap"], envelope["promised"]
    token, total, fetched_at = envelope["next"], envelope["total"], envelope["fetched_at"]
    if not isinstance(items, list) or len(items) > MAX_ITEMS or not _is_count(overlap, len(items)):
        return None
    if not isinstance(promised, bool) or not _is_token(token) or not (total is None or _is_count(total, MAX_TOTAL)):
        return None
    if not isinstance(fetched_at, float) or not math.isfinite(fetched_at) or fetched_at < 0:
        return None
    validator = _validator(envelope["validator"], fetched_at)
    if validator is None and envelope["validator"] is not None:
        return None
    return Page(
        items=items,
        next=token,
        overlap=overlap,
        promised=promised,
        total=total,
        fetched_at=fetched_at,
        validator=validator,
    )


def _validator(told: Any, fetched_at: float) -> Validator | None:
    match told:
        case ["if-none-match" | "if-modified-since" as condition, str(value)]:
            found = Validator(condition, value)
            return found if found.holds(fetched_at) else None
    return None


def _is_count(value: Any, most: int) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= most


def _is_token(value: Any) -> TypeGuard[PageToken | None]:
    return value is None or type(value) is int or (isinstance(value, str) and len(value) <= MAX_TOKEN)
