"""How many more attempts one provider may be given, so that retries never multiply the load of one that is failing.

A bucket of tokens, as in Finagle and Linkerd: every page asked for puts a share of one in, and so does time; every
retry takes one out. Where there is none, there is no retry.
"""

from gateway.core.clock import Clock
from gateway.core.events import Observer, RetryBudgetChanged
from gateway.upstream.options import RetryBudgetOptions

#: tokens that it starts with, and the most that it holds: the retries of one sudden failure
MOST = 20.0


class RetryBudget:
    def __init__(self, *, options: RetryBudgetOptions, clock: Clock, observer: Observer) -> None:
        self._options = options
        self._clock = clock
        self._observe = observer
        self._tokens = MOST
        self._filled_at = clock.monotonic()
        self._told = -1

    def deposit(self, provider: str) -> None:
        """A page is being asked for."""
        if self._told == MOST == self._tokens:  # as it is nearly always
            return
        now = self._clock.monotonic()
        grown = self._tokens + (now - self._filled_at) * self._options.floor + self._options.share
        self._tokens, self._filled_at = min(MOST, grown), now
        self._tell(provider)

    def withdraw(self, provider: str) -> bool:
        """Whether there may be another attempt; it is paid for."""
        if self._tokens == MOST:
            self._filled_at = self._clock.monotonic()  # nothing has flowed in while it was full
        if self._tokens < 1:
            return False
        self._tokens -= 1
        self._tell(provider)
        return True

    def _tell(self, provider: str) -> None:
        """Whole tokens alone are worth an event."""
        before, self._told = self._told, int(self._tokens)
        if self._told != before:
            self._observe(RetryBudgetChanged(provider, self._told, began=before < 0))
