"""One replica at a time asks a provider for a page: a short lease in Redis says which.

- It only saves calls. Redis slow, gone or lying, or a holder that dies, costs a bounded wait and never an error.
- A page and its lease are looked up together, and a lease is taken only where the page there will not do.
- Only its holder gives a lease back: with the page, or where there is none, so that the next may try.
- Whoever does not hold it looks again and again, with growing pauses, for no longer than a lease lives.
"""

from collections.abc import Awaitable, Callable, Iterator
from enum import Enum, auto
from random import Random
from typing import Any

from gateway.cache.redis_store import Script
from gateway.core.clock import Clock

#: what every name of a lease in Redis begins with, before the colon
LEASES = "lease"
#: seconds that a lease lives, and so the longest that anybody waits for a holder: an attempt takes no longer
LEASE_SECONDS = 3.0
#: seconds until the first look, and the longest pause between two; each may be shorter by a third
FIRST_PAUSE = 0.015
LONGEST_PAUSE = 0.1
GROWTH = 1.5

Sleep = Callable[[float], Awaitable[object]]

#: of the lease and the page; the owner, how long it is to live, and what a page that will do has left, in milliseconds
_TAKE = """
if redis.call('PTTL', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 2 end
return 3
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Lease(Enum):
    """Whose turn it is to ask the provider."""

    NONE = auto()
    """Nobody's: the page will do, or it could not be told."""
    TAKEN = auto()
    """Ours, from now on."""
    OURS = auto()
    """Ours already."""
    HELD = auto()
    """Another's."""


#: what Redis says where no lease is needed
WILL_DO = 0
_ANSWERS = {1: Lease.TAKEN, 2: Lease.OURS, 3: Lease.HELD}


class Leases:
    """What one process holds. ``sleep`` is ``asyncio.sleep`` wherever time is real."""

    def __init__(self, *, clock: Clock, random: Random, sleep: Sleep) -> None:
        self.sleep = sleep
        self._clock = clock
        self._random = random
        self._owner = random.randbytes(12).hex()
        #: when each of ours ends, the first to end first
        self._taken: dict[str, float] = {}

    def take(self, key: str, page: str, spare: float) -> Script:
        """Take the lease of ``key``, unless the value of ``page`` will live for ``spare`` seconds more."""
        milliseconds = int(LEASE_SECONDS * 1000), max(0, int(spare * 1000))
        return Script("take", _TAKE, (_name(key), page), (self._owner, *milliseconds))

    def answered(self, key: str, answer: Any) -> Lease:
        """What Redis says to ``take``."""
        lease = _ANSWERS.get(answer, Lease.NONE) if type(answer) is int else Lease.NONE
        if lease is Lease.TAKEN:
            self.suppose(key)
        return lease

    def suppose(self, key: str) -> None:
        """That the lease of ``key`` is ours: where nobody answered in time it may be."""
        now = self._clock.monotonic()
        while self._taken and self._taken[first := next(iter(self._taken))] <= now:
            del self._taken[first]
        self._taken.pop(key, None)
        self._taken[key] = now + LEASE_SECONDS

    def release(self, key: str) -> Script | None:
        """Give the lease of ``key`` back, once; None where it is not ours."""
        if self._taken.pop(key, 0.0) <= self._clock.monotonic():
            return None
        return Script("release", _RELEASE, (_name(key),), (self._owner,))

    def pauses(self) -> Iterator[float]:
        """Seconds between two looks, without end."""
        pause = FIRST_PAUSE
        while True:
            yield pause * self._random.uniform(2 / 3, 1)
            pause = min(LONGEST_PAUSE, pause * GROWTH)


def _name(key: str) -> str:
    return f"{LEASES}:{key}"
