"""Time as a collaborator, so that nothing has to wait for a real clock in a test."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings, in seconds; neither ever waits."""

    def now(self) -> float:
        """Unix time: for what other processes or people read (cache entries, cursor stamps)."""
        ...

    def monotonic(self) -> float:
        """A reading that only grows: for deadlines and durations."""
        ...


class SystemClock:
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
