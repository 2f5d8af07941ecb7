"""A listing page as bytes and headers. The body is deterministic; what varies (ages, timings) is in the headers."""

import re
from collections.abc import Sequence

import orjson

from gateway.api.responses import Answer, Headers
from gateway.cache.rendered import LONGEST, RenderedPage, tag
from gateway.listing.report import ListingPage, Part, body
from gateway.provider.page import Origin

_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_ETAG = re.compile(rb'(?:W/)?("[^"]*")')

_VARY = (b"vary", b"Accept, Accept-Encoding, Authorization, X-API-Key")
_JSON = (b"content-type", b"application/json")
_GZIP = (b"content-encoding", b"gzip")
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


def answer(page: RenderedPage, headers: Headers, *, compressed: bytes | None) -> Answer:
    """The answer to GET. ``compressed``: to be sent instead of the body as it is."""
    if compressed is None:
        return Answer(200, [*headers, _JSON], page.body)
    return Answer(200, [*headers, _JSON, _GZIP], compressed)


def _standing(link: bytes | None, etag: bytes) -> Headers:
    """The headers that belong to the page itself; without a tag it is not complete and must not be stored."""
    headers = [_VARY, _REVALIDATED, (b"etag", etag)] if etag else [_VARY, _NEVER_STORED]
    return [*headers, (b"link", link)] if link else headers


def is_known(page: RenderedPage, if_none_match: str | None) -> bool:
    """Whether a client that sent this ``If-None-Match`` has the page."""
    return bool(page.etag) and if_none_match is not None and _matches(if_none_match.encode("latin-1"), page.etag)


def _matches(sent: bytes, tag: bytes) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    return sent.strip() == b"*" or tag.removeprefix(b"W/") in _ETAG.findall(sent)


class Recalled:
    """The headers of pages that were kept whole, all of whose providers' pages came from there."""

    def __init__(self) -> None:
        self._second = 0
        self._said: dict[tuple[bytes, bytes | None, float, float, str], Headers] = {}

    def headers(self, page: RenderedPage, tier: str, *, now: float, seconds: float) -> Headers:
        """``now`` is Unix time, ``seconds`` what the answer took. All but the latter is the same for a second."""
        if int(now) != self._second:
            self._second = int(now)
            self._said.clear()
        key = (page.etag, page.link, page.fetched_at, page.expires_at, tier)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = [*_standing(page.link, page.etag), *_freshness(page, tier, self._second)]
        return [*said, (b"server-timing", b"total;dur=%.1f" % (seconds * 1000))]


def _freshness(page: RenderedPage, tier: str, second: int) -> Headers:
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
