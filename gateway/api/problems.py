"""Errors as clients get them: RFC 9457 problem documents. The one table from error to status, type and title.

A ``type`` is stable: clients may branch on it. The body never holds a request's own values, so equal mistakes get equal
bodies; the request id is in the header.
"""

from typing import Any

import orjson

from gateway.api.responses import Answer, Headers
from gateway.core.errors import (
    CursorExpired,
    CursorInvalid,
    CursorMismatch,
    CursorStoreUnavailable,
    InvalidParameter,
    RequestError,
    Unauthenticated,
    UnsupportedParameter,
)
from gateway.listing.outcome import Incomplete, ListingError, NothingDelivered, WalkFailed
from gateway.listing.report import report

TYPE_PREFIX = "urn:knowledge-gateway:problem:"

#: slug: (status, title)
PROBLEMS = {
    "invalid-parameter": (400, "A request parameter cannot be used"),
    "unsupported-parameter": (400, "A parameter of the contract is not built yet"),
    "cursor-invalid": (400, "The cursor is not valid"),
    "cursor-mismatch": (400, "The cursor belongs to another query"),
    "cursor-expired": (410, "The cursor has expired"),
    "unauthenticated": (401, "A valid API key is needed"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "No acceptable media type"),
    "header-fields-too-large": (431, "The request's headers are too large"),
    "internal-error": (500, "The gateway failed"),
    "providers-failed": (502, "No provider could be listed"),
    "incomplete": (502, "The page would not be complete"),
    "providers-unavailable": (503, "No provider that is left could be listed this time"),
    "cursor-store-unavailable": (503, "The cursor cannot be kept or looked up now"),
}
_SLUGS: dict[type[Exception], str] = {
    InvalidParameter: "invalid-parameter",
    UnsupportedParameter: "unsupported-parameter",
    CursorInvalid: "cursor-invalid",
    CursorMismatch: "cursor-mismatch",
    CursorExpired: "cursor-expired",
    Unauthenticated: "unauthenticated",
    WalkFailed: "providers-failed",
    Incomplete: "incomplete",
    NothingDelivered: "providers-unavailable",
    CursorStoreUnavailable: "cursor-store-unavailable",
}
_DETAILS: dict[type[Exception], str] = {
    NothingDelivered: "Everything that is left failed this time. Ask with next_cursor after Retry-After seconds.",
    Incomplete: "strict was asked for and a provider is failing or items are lost. Ask again, or without strict.",
    WalkFailed: "No provider delivered anything in several attempts. Start again later.",
    CursorStoreUnavailable: "The cursor is kept in a store that does not answer now. Ask again later.",
}
_OUR_FAULT = "The fault is the gateway's. Its log says more under the id in X-Request-Id."
_GATEWAY_TIMEOUT = 504
_STORE_RETRY_AFTER = b"5"


class HttpError(Exception):
    """A request that never reaches the listing: its slug says which problem it is."""

    def __init__(self, slug: str, detail: str, headers: Headers | None = None) -> None:
        super().__init__(slug)
        self.slug = slug
        self.detail = detail
        self.headers = headers or []


def slug_of(error: Exception) -> str:
    if isinstance(error, HttpError):
        return error.slug
    return _SLUGS.get(type(error), "internal-error")


def problem(error: Exception) -> Answer:
    """The answer to a request that ended in ``error``."""
    slug = slug_of(error)
    status, title = PROBLEMS[slug]
    if isinstance(error, Incomplete | WalkFailed) and error.timed_out:
        status = _GATEWAY_TIMEOUT
    document: dict[str, Any] = {"type": TYPE_PREFIX + slug, "title": title, "status": status, "detail": _detail(error)}
    if isinstance(error, RequestError):
        document["parameter"] = error.parameter
    if isinstance(error, NothingDelivered):
        document["next_cursor"] = error.next_cursor
    if isinstance(error, ListingError):
        document["providers"] = [report(part) for part in error.parts]
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        *_headers(error),
    ]
    return Answer(status, headers, orjson.dumps(document))


def _detail(error: Exception) -> str:
    if isinstance(error, CursorInvalid | CursorExpired | Unauthenticated | HttpError):
        return error.detail
    if isinstance(error, RequestError):
        return f"{error.parameter} {error.detail}"
    return _DETAILS.get(type(error), _OUR_FAULT)


def _headers(error: Exception) -> Headers:
    match error:
        case HttpError():
            return error.headers
        case Unauthenticated():
            return [(b"www-authenticate", b'Bearer realm="knowledge-store-gateway"')]
        case NothingDelivered():
            return [(b"retry-after", str(error.retry_after).encode())]
        case CursorStoreUnavailable():
            return [(b"retry-after", _STORE_RETRY_AFTER)]
    return []
