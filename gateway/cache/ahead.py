"""Pages that are fetched before a walk asks for them: how many at once, and what became of them.

- So many of one provider are under way at once, and so many in all; beyond that a walk fetches its page itself.
- One counts as used once anybody is served with it, and as unused once it may not be served any more. A page that
  another replica serves counts as unused here.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Literal

from gateway.core.clock import Clock
from gateway.core.events import Observer, PageReadAhead
from gateway.core.record import Record

#: pages of all providers that are under way at once
MOST = 64
#: pages that are remembered until they are used; beyond, the first of them counts as unused
REMEMBERED = 1024


class _Asked(Record, frozen=True):
    provider: str
    until: float


class Ahead:
    """``limit`` of one provider at once; 0: none at all."""

    def __init__(self, *, limit: int, clock: Clock, observe: Observer) -> None:
        self.limit = limit
        self._clock = clock
        self._observe = observe
        self._running: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()
        self._asked: dict[str, _Asked] = {}

    def start(self, key: str, provider: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have ``work`` done, which fetches that page, where there is room for it."""
        if key in self._running:
            return
        if self._busy[provider] >= self.limit or len(self._running) >= MOST:
            self._observe(PageReadAhead(provider, "refused"))
            return
        self._busy[provider] += 1
        task = self._running[key] = asyncio.create_task(work(), context=Context())
        task.add_done_callback(lambda _: self._ended(key, provider))

    def asked(self, key: str, provider: str, seconds: float) -> None:
        """The provider is being asked for that page, which may be served for ``seconds``."""
        self._forget_old()
        self._asked[key] = _Asked(provider, self._clock.monotonic() + seconds)

    def used(self, key: str) -> None:
        """Somebody was served with that page."""
        self._tell(key, "used")

    def failed(self, key: str) -> None:
        """There is no such page."""
        self._tell(key, "failed")

    async def aclose(self) -> None:
        """Cancel everything, and return once it has ended."""
        while self._running:
            for task in self._running.values():
                task.cancel()
            await asyncio.wait(self._running.values())

    def _ended(self, key: str, provider: str) -> None:
        del self._running[key]
        self._busy[provider] -= 1

    def _forget_old(self) -> None:
        """The first that were asked for, as long as they came in vain or are too many."""
        now = self._clock.monotonic()
        while self._asked:
            first, asked = next(iter(self._asked.items()))
            if asked.until > now and len(self._asked) < REMEMBERED:
                return
            self._tell(first, "unused")

    def _tell(self, key: str, outcome: Literal["used", "unused", "failed"]) -> None:
        if self._asked and (asked := self._asked.pop(key, None)):
            self._observe(PageReadAhead(asked.provider, outcome))
