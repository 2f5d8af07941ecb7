"""When to leave Redis alone. No I/O: it is told what happened, and says whether to try."""

from gateway.core.clock import Clock
from gateway.core.events import Observer, RedisBreakerChanged

#: failures in a row after which Redis is left alone
FAILURES = 3
#: seconds for which it is
COOLDOWN = 5.0


class RedisBreaker:
    """Closed, then open after ``FAILURES`` in a row; every ``COOLDOWN`` seconds one probe, until one is answered."""

    def __init__(self, *, clock: Clock, observe: Observer) -> None:
        self._clock = clock
        self._observe = observe
        self._failures = 0
        self._probe_at = 0.0

    def permits(self) -> bool:
        """Whether to try now. A probe whose end is never told (its caller left) is followed by the next in time."""
        if self._failures < FAILURES:
            return True
        now = self._clock.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + COOLDOWN
        return True

    def failed(self) -> None:
        self._failures += 1
        if self._failures == FAILURES:
            self._observe(RedisBreakerChanged(open=True))
        self._probe_at = self._clock.monotonic() + COOLDOWN

    def succeeded(self) -> None:
        if self._failures >= FAILURES:
            self._observe(RedisBreakerChanged(open=False))
        self._failures = 0
