"""A listing page as bytes and headers. The body is deterministic; what varies (ages, timings) is in the headers."""

import re
from collections.abc import Sequence
from typing import Literal

import orjson

from gateway.api.compression import WORTHWHILE
from gateway.api.responses import Answer, Headers, Prepared, prepared
from gateway.cache.rendered import LONGEST, RenderedPage, tag
from gateway.cache.tiers import Tier
from gateway.listing.report import ListingPage, Part, body
from gateway.provider.page import Origin

#: a page as it is, compressed, or only the word that it is the one that the client has
Form = Literal["plain", "gzip", "unchanged"]

_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_ETAG = re.compile(rb'(?:W/)?("[^"]*")')

_VARY = (b"vary", b"Accept, Accept-Encoding, Authorization, X-API-Key")
_JSON = (b"content-type", b"application/json")
_GZIP = (b"content-encoding", b"gzip")
_FORMS: dict[Form, tuple[int, Headers]] = {
    "plain": (200, [_JSON]),
    "gzip": (200, [_JSON, _GZIP]),
    "unchanged": (304, []),
}
_REVALIDATED = (b"cache-control", b"private, no-cache")
_NEVER_STORED = (b"cache-control", b"no-store")


def rendered(page: ListingPage, *, link: str | None, now: float) -> RenderedPage:
    """The page as clients get it.

    ``link`` is the target of the next page. ``now`` is Unix time, in seconds, when the first of its providers was
    asked: so no page inside is older than it says.
    """
    content = orjson.dumps(body(page))
    origins = [origin for part in page.parts for origin in part.origins]
    return RenderedPage(
        body=content,
        etag=tag(content) if page.complete else b"",
        link=f'<{link}>; rel="next"'.encode() if link else None,
        items=len(page.items),
        fetched_at=now - max((origin.age for origin in origins), default=0.0),
        fresh_until=_promises(page.parts, now) if page.complete else (),
    )


def _promises(parts: Sequence[Part], now: float) -> tuple[tuple[str, float], ...]:
    """Until when each provider's pages are fresh; nothing where any of them is not, or is still being looked for."""
    left = [(part.place.provider, min(origin.ttl for origin in part.origins)) for part in parts if part.origins]
    if any(part.scanning for part in parts) or any(ttl <= 0 for _, ttl in left):
        return ()
    return tuple((provider, now + min(ttl, LONGEST)) for provider, ttl in left)


def form_of(page: RenderedPage, if_none_match: bytes | None, *, gzip: bool) -> Form:
    """How a client gets the page that sent this ``If-None-Match``; ``gzip``: whether it would take that."""
    if if_none_match and page.etag and (if_none_match == page.etag or _matches(if_none_match, page.etag)):
        return "unchanged"
    return "gzip" if gzip and len(page.body) >= WORTHWHILE else "plain"


def body_of(page: RenderedPage, form: Form) -> bytes | None:
    """What is sent of it in that form; None where it is still to be compressed."""
    if form == "plain":
        return page.body
    return page.compressed if form == "gzip" else b""


def answer(form: Form, headers: Headers, body: bytes) -> Answer:
    """``body`` in that form, with the page's ``headers``."""
    status, further = _FORMS[form]
    return Answer(status, [*headers, *further], body)


def _standing(link: bytes | None, etag: bytes) -> Headers:
    """The headers that belong to the page itself; without a tag it is not complete and must not be stored."""
    headers = [_VARY, _REVALIDATED, (b"etag", etag)] if etag else [_VARY, _NEVER_STORED]
    return [*headers, (b"link", link)] if link else headers


def _matches(sent: bytes, tag: bytes) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    return sent.strip() == b"*" or tag.removeprefix(b"W/") in _ETAG.findall(sent)


class Recalled:
    """The answers that are pages that were kept whole, all of whose providers' pages came from there."""

    def __init__(self) -> None:
        self._second = 0
        self._said: dict[tuple[bytes, bytes | None, float, float, Tier, Form], Prepared] = {}

    def answer(self, page: RenderedPage, tier: Tier, form: Form, *, length: int, now: float) -> Prepared:
        """``now`` is Unix time: the answer is the same for a second. ``length`` of the body in that form."""
        if int(now) != self._second:
            self._second = int(now)
            self._said.clear()
        key = (page.etag, page.link, page.fetched_at, page.expires_at, tier, form)
        return self._said.get(key) or self._said.setdefault(key, self._prepared(page, tier, form, length))

    def _prepared(self, page: RenderedPage, tier: Tier, form: Form, length: int) -> Prepared:
        status, further = _FORMS[form]
        headers = [*_standing(page.link, page.etag), *_freshness(page, tier, self._second), *further]
        return prepared(status, headers, length=length)


def _freshness(page: RenderedPage, tier: Tier, second: int) -> Headers:
    members = (
        f"{_member(name)}; hit; ttl={max(0, int(until - second))}; detail={tier}" for name, until in page.fresh_until
    )
    age = max(0, int(second - page.fetched_at))
    return [(b"cache-status", ", ".join(members).encode()), (b"age", str(age).encode())]


def measured(page: RenderedPage, parts: Sequence[Part], seconds: float) -> Headers:
    """The headers of a page that was just put together of ``parts``."""
    asked = [part for part in parts if part.origins or part.failure]
    durations = [f"{part.place.provider};dur={part.waited * 1000:.1f}" for part in asked]
    headers = _standing(page.link, page.etag)
    headers.append((b"server-timing", ", ".join([*durations, f"total;dur={seconds * 1000:.1f}"]).encode()))
    if asked:
        headers.append((b"cache-status", ", ".join(map(_cache_status, asked)).encode()))
    ages = [origin.age for part in asked for origin in part.origins if origin.tier != "upstream"]
    if ages:
        headers.append((b"age", str(int(max(ages))).encode()))
    return headers


def _cache_status(part: Part) -> str:
    """One member of ``Cache-Status`` (RFC 9211): what the cache did for this provider."""
    member = _member(part.place.provider)
    if part.failure:
        status = f"; fwd-status={part.failure.status}" if part.failure.status else ""
        return f"{member}; fwd=miss{status}; detail={part.failure.code}"
    forwarded = [origin for origin in part.origins if origin.forwarded]
    return f"{member}; {_origin(forwarded[-1] if forwarded else part.origins[-1])}"


def _member(provider: str) -> str:
    return provider if _TOKEN.fullmatch(provider) else f'"{provider}"'


def _origin(origin: Origin) -> str:
    if origin.forwarded and not origin.stale:
        details = [
            f"fwd-status={origin.status}",
            *(["stored"] if origin.stored else []),
            *(["collapsed"] if origin.collapsed else []),
        ]
        return "; ".join([f"fwd={origin.forwarded}", *details])
    return f"hit; ttl={int(origin.ttl)}; detail={'stale-' if origin.stale else ''}{origin.tier}"
