"""A listing page as bytes and headers. The body is deterministic; what varies (ages, timings) is in the headers."""

import hashlib
import re
from collections.abc import Sequence

import orjson

from gateway.api.params import ListRequest
from gateway.api.responses import Answer, Headers
from gateway.listing.report import ListingPage, Part, body
from gateway.provider.page import Origin

_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_ETAG = re.compile(rb'(?:W/)?("[^"]*")')


def render(page: ListingPage, request: ListRequest, *, path: str, seconds: float, if_none_match: str | None) -> Answer:
    """The answer to GET: 200, or 304 where the client has this body already. ``path`` is the endpoint's own."""
    content = orjson.dumps(body(page))
    headers: Headers = [(b"vary", b"Accept, Authorization, X-API-Key")]
    headers += _timing(page.parts, seconds)
    if page.next_cursor:
        target = f"<{path}?{request.next_query(page.next_cursor)}>"
        headers.append((b"link", f'{target}; rel="next"'.encode()))
    if not page.complete:
        return Answer(200, [*headers, _JSON, (b"cache-control", b"no-store")], content)
    tag = _etag(content)
    headers += [(b"cache-control", b"private, no-cache"), (b"etag", tag)]
    if if_none_match is not None and _matches(if_none_match.encode("latin-1"), tag):
        return Answer(304, headers)
    return Answer(200, [*headers, _JSON], content)


_JSON = (b"content-type", b"application/json")


def _etag(content: bytes) -> bytes:
    return b'W/"' + hashlib.blake2b(content, digest_size=12).hexdigest().encode() + b'"'


def _matches(sent: bytes, tag: bytes) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    return sent.strip() == b"*" or tag.removeprefix(b"W/") in _ETAG.findall(sent)


def _timing(parts: Sequence[Part], seconds: float) -> Headers:
    asked = [part for part in parts if part.origins or part.failure]
    durations = [f"{part.place.provider};dur={part.waited * 1000:.1f}" for part in asked]
    headers = [(b"server-timing", ", ".join([*durations, f"total;dur={seconds * 1000:.1f}"]).encode())]
    if asked:
        headers.append((b"cache-status", ", ".join(map(_cache_status, asked)).encode()))
    ages = [origin.age for part in asked for origin in part.origins if origin.tier != "upstream"]
    if ages:
        headers.append((b"age", str(int(max(ages))).encode()))
    return headers


def _cache_status(part: Part) -> str:
    """One member of ``Cache-Status`` (RFC 9211): what the cache did for this provider."""
    name = part.place.provider
    member = name if _TOKEN.fullmatch(name) else f'"{name}"'
    if part.failure:
        status = f"; fwd-status={part.failure.status}" if part.failure.status else ""
        return f"{member}; fwd=miss{status}; detail={part.failure.code}"
    forwarded = [origin for origin in part.origins if origin.forwarded]
    return f"{member}; {_origin(forwarded[-1] if forwarded else part.origins[-1])}"


def _origin(origin: Origin) -> str:
    if origin.forwarded and not origin.stale:
        details = [
            "fwd-status=200",
            *(["stored"] if origin.stored else []),
            *(["collapsed"] if origin.collapsed else []),
        ]
        return "; ".join([f"fwd={origin.forwarded}", *details])
    return f"hit; ttl={int(origin.ttl)}; detail={'stale-' if origin.stale else ''}{origin.tier}"
