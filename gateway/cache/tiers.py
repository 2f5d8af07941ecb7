"""Memory, then Redis: where pages are kept. Neither ever fails a request.

- What Redis gives is put into memory, unless memory holds something newer.
- A page is encoded once: the bytes go to Redis and tell its weight in memory.
- Writing to Redis happens behind; nobody waits for it.
- The lease of a page is looked up with it, and given back with the page that is written.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

from gateway.cache.background import Background
from gateway.cache.entry import decode, encode
from gateway.cache.freshness import Permission, Windows
from gateway.cache.leases import WILL_DO, Lease, Leases
from gateway.cache.memory import MemoryStore, weigh
from gateway.cache.redis_store import RedisStore, RedisUnavailable, Script
from gateway.core.clock import Clock
from gateway.core.events import CacheLookedUp, CacheStored, Observer
from gateway.core.record import Record
from gateway.provider.page import Page

#: what every name of a page in Redis begins with, before the colon
PAGES = "page"
#: bytes of an entry in Redis: a longer one could not be read in the time of an operation
MAX_SHARED = 4 * 1024**2
#: writes to Redis at once; beyond, a page stays in memory alone
WRITES = 64

Tier = Literal["memory", "redis"]


class Place(Record, frozen=True):
    """Which page: ``key`` is its digest, ``tenant`` whose it is, ``windows`` for how long it counts."""

    key: str
    tenant: str
    windows: Windows


class Kept(Record, frozen=True):
    """A page, and the tier that had it."""

    page: Page
    tier: Tier


class Sought(Record, frozen=True):
    """What Redis has of a page, and whose turn it is to ask the provider for it."""

    kept: Kept | None
    lease: Lease = Lease.NONE


def newer(one: Kept | None, other: Kept | None) -> Kept | None:
    """Of two, the one fetched later; ``one`` where they are the same page."""
    if one is None or other is None:
        return one or other
    return other if other.page.fetched_at > one.page.fetched_at else one


class Tiers:
    """``redis`` is None where each process caches alone, ``leases`` where nobody minds who asks the provider.

    The store is not closed here: others use it too.
    """

    def __init__(
        self,
        *,
        memory: MemoryStore[Page],
        redis: RedisStore | None,
        leases: Leases | None,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self._memory = memory
        self._redis = redis
        self._leases = leases
        self._clock = clock
        self._observe = observe
        self._writes = Background(limit=WRITES)

    @property
    def shared(self) -> bool:
        """Whether there is a tier beyond this process."""
        return self._redis is not None

    def keeps(self, place: Place) -> bool:
        """Whether a page would be kept in any tier."""
        return place.windows.retention() > 0 and bool(self._memory.capacity or self._redis)

    def look(self, place: Place) -> Kept | None:
        """``held``, as a look-up that is counted."""
        kept = self.held(place)
        self._observe(CacheLookedUp("memory", _outcome(self._permit(kept.page if kept else None, place.windows))))
        return kept

    def held(self, place: Place) -> Kept | None:
        """What memory has and may still be used for something."""
        page = self._memory.get(place.key, place.tenant)
        permission = self._permit(page, place.windows)
        if permission is Permission.EXPIRED:
            self._memory.drop(place.key)
            return None
        return Kept(page, "memory") if page else None

    async def fetched(self, place: Place, serving: float, *, again: bool = False) -> Sought:
        """What Redis has and may still be used for something; only where there is one.

        Where it is older than ``serving`` seconds the lease is taken, if it can be had. ``again``: a page that is still
        not there is not counted as another miss.
        """
        assert self._redis
        try:
            written, lease = await self._look_up(self._redis, place, serving)
        except RedisUnavailable:
            if self._leases:
                self._leases.suppose(place.key)
            self._observe(CacheLookedUp("redis", "error"))
            return Sought(None)
        return Sought(None if again and written is None else self._read(place, written), lease)

    async def _look_up(self, redis: RedisStore, place: Place, serving: float) -> tuple[bytes | None, Lease]:
        name = _name(place.key)
        if self._leases is None:
            return await redis.get(name), Lease.NONE
        take = self._leases.take(place.key, name, place.windows.retention() - serving)
        written, answer = await redis.get_and_run(name, take)
        if written is None and answer == WILL_DO:  # it came between the two
            return None, Lease.HELD
        return written, self._leases.answered(place.key, answer)

    def keep(self, place: Place, page: Page) -> bool:
        """Whether a page that was just fetched is kept in a tier; in Redis it will be in a moment."""
        if not self.keeps(place):
            return False
        written = encode(place.key, place.tenant, page)
        if written is None:
            self._observe(CacheStored("memory", "too_large"))
            self.forget(place.key)  # what stood there is older
            return False
        in_memory = self._remember(place, page, written)
        if len(written) > MAX_SHARED:
            self._observe(CacheStored("redis", "too_large"))
            self._behind(lambda redis: _remove(redis, place.key))  # what stands there is older
            return in_memory
        given_back, retention = self._given_back(place.key), place.windows.retention()
        return self._behind(lambda redis: self._store(redis, place.key, written, retention, given_back)) or in_memory

    def forget(self, key: str) -> None:
        """Let go of a page in every tier: its owner may no longer see it."""
        self._memory.drop(key)
        self._behind(lambda redis: _remove(redis, key))

    def release(self, key: str) -> None:
        """Give the lease of a page back, where it is ours still: there will be none."""
        given_back = self._given_back(key)
        if given_back:
            self._behind(lambda redis: _run(redis, given_back))

    async def aclose(self) -> None:
        """Wait for the writes under way; each is bounded."""
        await self._writes.aclose()

    def _permit(self, page: Page | None, windows: Windows) -> Permission | None:
        return windows.permit(self._clock.now() - page.fetched_at) if page else None

    def _read(self, place: Place, written: bytes | None) -> Kept | None:
        page = decode(place.key, place.tenant, written) if written is not None else None
        permission = self._permit(page, place.windows)
        corrupt = written is not None and page is None
        self._observe(CacheLookedUp("redis", "corrupt" if corrupt else _outcome(permission)))
        if page is None or written is None or permission is Permission.EXPIRED:
            return None
        self._promote(place, page, written)
        return Kept(page, "redis")

    def _promote(self, place: Place, page: Page, written: bytes) -> None:
        held = self._memory.get(place.key, place.tenant)
        if held is None or held.fetched_at < page.fetched_at:
            self._memory.put(place.key, place.tenant, page, weigh(written))

    def _remember(self, place: Place, page: Page, written: bytes) -> bool:
        if not self._memory.capacity:
            return False
        kept = self._memory.put(place.key, place.tenant, page, weigh(written))
        self._observe(CacheStored("memory", "stored" if kept else "too_large"))
        return kept

    def _behind(self, work: Callable[[RedisStore], Coroutine[Any, Any, None]]) -> bool:
        if self._redis is None:
            return False
        begun = self._writes.start(work(self._redis))
        if not begun:
            self._observe(CacheStored("redis", "error"))
        return begun

    def _given_back(self, key: str) -> Script | None:
        return self._leases.release(key) if self._leases else None

    async def _store(self, redis: RedisStore, key: str, written: bytes, ttl: float, then: Script | None) -> None:
        try:
            if then is None:
                await redis.set(_name(key), written, ttl)
            else:
                await redis.set_and_run(_name(key), written, ttl, then)
        except RedisUnavailable:
            self._observe(CacheStored("redis", "error"))
        else:
            self._observe(CacheStored("redis", "stored"))


async def _run(redis: RedisStore, script: Script) -> None:
    with suppress(RedisUnavailable):
        await redis.run(script)


async def _remove(redis: RedisStore, key: str) -> None:
    with suppress(RedisUnavailable):
        await redis.delete(_name(key))


def _name(key: str) -> str:
    return f"{PAGES}:{key}"


def _outcome(permission: Permission | None) -> Literal["hit", "stale", "miss"]:
    match permission:
        case Permission.FRESH:
            return "hit"
        case Permission.REVALIDATE | Permission.ON_ERROR:
            return "stale"
        case _:
            return "miss"
