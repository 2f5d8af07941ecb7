"""Whole answers as bytes: what a client was given, kept for whoever asks the same. Memory, then Redis.

- Only complete pages, and none longer than the first promise inside lasts: each upstream page is fresh until then.
- An entry holds its format, key and tenant in front of the body, and the body's own tag, which is computed again when
  it is read: a reply that belongs to another key, tenant or release, or was cut or altered, is no page.
- Looking one up costs one operation; writing happens behind.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec.structs import force_setattr

from gateway.cache.background import Background
from gateway.cache.freshness import MAX_SKEW
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore, RedisUnavailable
from gateway.cache.tiers import MAX_SHARED, WRITES
from gateway.core.clock import Clock
from gateway.core.events import Observer, RenderedLookedUp
from gateway.core.record import Record

#: what every name of a rendered page in Redis begins with, before the colon
RENDERED = "rendered"
VERSION = 1
#: seconds; the cursor inside is stamped with the hour, and must not lose more of its age than its slack
LONGEST = 3600.0
#: bytes that a page takes in memory beyond its texts
OVERHEAD = 1024


class RenderedPage(Record, frozen=True):
    """``body`` as it is sent, ``compressed`` the same as gzip once somebody wanted it, ``link`` the header's value.

    ``fetched_at`` is when the oldest upstream page inside was fetched, ``fresh_until`` the end of each provider's
    promise, ``expires_at`` the first of these, whatever is given: Unix time in seconds. Without a promise it cannot be
    kept.
    """

    unseen = frozenset({"body", "link", "compressed"})

    body: bytes
    etag: bytes
    link: bytes | None
    items: int
    fetched_at: float
    fresh_until: tuple[tuple[str, float], ...]
    compressed: bytes | None = None
    expires_at: float = 0.0

    def __post_init__(self) -> None:
        force_setattr(self, "expires_at", min((at for _, at in self.fresh_until), default=0.0))

    def weight(self) -> int:
        return len(self.body) + len(self.compressed or b"") + OVERHEAD


def tag(body: bytes) -> bytes:
    """A weak entity tag (RFC 9110, section 8.8.3): equal bodies, equal tags, whatever their encoding."""
    return b'W/"' + hashlib.blake2b(body, digest_size=12).hexdigest().encode() + b'"'


class RenderedKey(Record, frozen=True):
    """``digest`` of all that the answer depends on; ``tenant`` whose it is."""

    digest: str
    tenant: str


class RenderedStore:
    """``redis`` is None where each process keeps its own alone; it is not closed here: others use it too."""

    def __init__(
        self, *, memory: MemoryStore[RenderedPage], redis: RedisStore | None, clock: Clock, observe: Observer
    ) -> None:
        self._memory = memory
        self._redis = redis
        self._clock = clock
        self._observe = observe
        self._writes = Background(limit=WRITES)
        self._revoked: dict[str, float] = {}

    def held(self, key: RenderedKey) -> RenderedPage | None:
        """What memory has and is still fresh."""
        page = self._memory.get(key.digest, key.tenant)
        if page is not None and page.expires_at <= self._clock.now():
            self._memory.drop(key.digest)
            return None
        return page

    async def fetched(self, key: RenderedKey) -> RenderedPage | None:
        """What Redis has and is still fresh, which from then on is in memory too."""
        if self._redis is None:
            return None
        try:
            written = await self._redis.get(_name(key))
        except RedisUnavailable:
            self._observe(RenderedLookedUp("error"))
            return None
        page = decode(key, written) if written is not None else None
        if written is not None and page is None:
            self._observe(RenderedLookedUp("corrupt"))
            return None
        if page is None or not self._may_use(key, page):
            self._observe(RenderedLookedUp("miss"))
            return None
        self._observe(RenderedLookedUp("hit"))
        self.hold(key, page)
        return page

    def _may_use(self, key: RenderedKey, page: RenderedPage) -> bool:
        """Fresh by our clock, not from the future of it, and from after access was last withdrawn."""
        now, since = self._clock.now(), self._revoked.get(key.tenant, 0.0)
        return now < page.expires_at and since < page.fetched_at <= now + MAX_SKEW

    def keep(self, key: RenderedKey, page: RenderedPage) -> None:
        """In memory at once, in Redis in a moment, for as long as every promise inside lasts."""
        ttl = min(LONGEST, page.expires_at - self._clock.now())
        if ttl <= 0:
            return
        self.hold(key, page)
        written = encode(key, page)
        if self._redis is not None and len(written) <= MAX_SHARED:
            self._writes.start(_store(self._redis, key, written, ttl))

    def hold(self, key: RenderedKey, page: RenderedPage) -> None:
        """In memory alone."""
        self._memory.put(key.digest, key.tenant, page, page.weight())

    def forget(self, tenant: str) -> None:
        """Let go of what a tenant was given until now: a provider may not let it see that any longer."""
        self._revoked[tenant] = self._clock.now()
        self._memory.drop_all(tenant)

    async def aclose(self) -> None:
        """Wait for the writes under way; each is bounded."""
        await self._writes.aclose()


def encode(key: RenderedKey, page: RenderedPage) -> bytes:
    """One line of JSON about the page, and the body."""
    head = {
        "v": VERSION,
        "key": key.digest,
        "tenant": key.tenant,
        "etag": page.etag.decode("ascii"),
        "link": page.link.decode("ascii") if page.link else None,
        "items": page.items,
        "fetched_at": page.fetched_at,
        "fresh_until": dict(page.fresh_until),
    }
    return orjson.dumps(head) + b"\n" + page.body


def decode(key: RenderedKey, written: bytes) -> RenderedPage | None:
    """The page of ``key`` that ``encode`` wrote, or None for anything else. Never raises."""
    head, _, body = written.partition(b"\n")
    try:
        told = orjson.loads(head)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or (told.get("v"), told.get("key"), told.get("tenant")) != (
        VERSION,
        key.digest,
        key.tenant,
    ):
        return None
    return _page(told, body)


def _page(told: Mapping[str, Any], body: bytes) -> RenderedPage | None:
    etag = tag(body)
    if told.get("etag") != etag.decode("ascii"):
        return None
    try:
        link, promises = told["link"], told["fresh_until"]
        return RenderedPage(
            body=body,
            etag=etag,
            link=_link(link) if link else None,
            items=int(told["items"]),
            fetched_at=float(told["fetched_at"]),
            fresh_until=_promises(promises),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _link(told: str) -> bytes:
    if not told.isprintable():
        raise ValueError("a line end, or what else no header may hold")
    return told.encode("ascii")


def _promises(told: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    promises = tuple((name, float(at)) for name, at in told.items())
    if not promises:
        raise ValueError("a page without a promise")
    return promises


async def _store(redis: RedisStore, key: RenderedKey, written: bytes, ttl: float) -> None:
    try:
        await redis.set(_name(key), written, ttl)
    except RedisUnavailable:
        return


def _name(key: RenderedKey) -> str:
    return f"{RENDERED}:{key.digest}"
