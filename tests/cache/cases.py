"""A cache over a scripted provider: alone, or as one of several replicas that share a Redis."""

import asyncio
from collections.abc import Callable
from random import Random

from gateway.cache.cached import Cached
from gateway.cache.entry import encode
from gateway.cache.freshness import Windows
from gateway.cache.leases import Leases
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import CacheLookedUp, CacheStored
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from tests.cache.fakes import Events, ManualClock, Pauses, ScriptedFetch, Step, page, request, stamped
from tests.support.loop import until

WINDOWS = Windows(fresh=30, revalidate=30, if_error=600)
BROKEN = UpstreamError(FailureCode.SERVER_ERROR, "answered with status 500", status=500)


class Case:
    """A cache over a scripted provider."""

    def __init__(self, clock: ManualClock, events: Events) -> None:
        self.clock = clock
        self.events = events
        self.memory = MemoryStore[Page](1_000_000)
        self.windows: Callable[[str], Windows] = lambda _: WINDOWS
        self.inner = ScriptedFetch(clock, [stamped(clock, "first"), stamped(clock, "second")])
        self.flight_seconds = 30.0
        self.read_ahead = 0
        self.cached = self.build()

    def build(self) -> Cached:
        self.cached = Cached(
            inner=self.inner,
            memory=self.memory,
            redis=None,
            windows=self._windows,
            clock=self.clock,
            observe=self.events,
            read_ahead=self.read_ahead,
            flight_seconds=self.flight_seconds,
        )
        return self.cached

    def _windows(self, name: str) -> Windows:
        return self.windows(name)

    def script(self, *steps: Step) -> None:
        self.inner.steps = list(steps)

    def deadline(self, seconds: float = 30) -> Deadline:
        return Deadline.after(seconds, self.clock)

    @property
    def calls(self) -> int:
        return len(self.inner.calls)


class Replica:
    """One process: its own memory and provider calls, a Redis it shares."""

    def __init__(self, store: RedisStore, clock: ManualClock, events: Events, capacity: int) -> None:
        self.clock = clock
        self.events = events
        self.store = store
        self.windows = WINDOWS
        self.pauses = Pauses(clock)
        self.inner = ScriptedFetch(clock, [lambda asked: page(f"{asked.tenant}/{asked.token}", fetched_at=clock.now())])
        self.cached = Cached(
            inner=self.inner,
            memory=MemoryStore(capacity),
            redis=store,
            windows=lambda _: self.windows,
            clock=clock,
            observe=events,
            leases=Leases(clock=clock, random=Random(), sleep=self.pauses),
            read_ahead=4,
        )

    async def get(self, asked: PageRequest | None = None, seconds: float = 30) -> Page:
        return await self.cached(asked or request(), Deadline.after(seconds, self.clock))

    async def written(self, count: int = 1) -> None:
        """Returns once Redis has taken, or refused, ``count`` pages."""
        await until(lambda: sum(event.tier == "redis" for event in self.events.of(CacheStored)) >= count)

    @property
    def calls(self) -> int:
        return len(self.inner.calls)


def key(asked: PageRequest | None = None) -> str:
    return f"test:page:{(asked or request()).key()}"


def lease(asked: PageRequest | None = None) -> str:
    return f"test:lease:{(asked or request()).key()}"


def entry(of: Page, asked: PageRequest | None = None) -> bytes:
    asked = asked or request()
    written = encode(asked.key(), asked.tenant, of)
    assert written
    return written


def looks(events: Events) -> list[str]:
    return [event.outcome for event in events.of(CacheLookedUp) if event.tier == "redis"]


async def all_ended(store: RedisStore) -> None:
    """Returns once nothing is under way, not even what nobody waits for."""
    while store._pipeline._running:
        await asyncio.wait(store._pipeline._running)
