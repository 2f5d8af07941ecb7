"""One absolute point in time after which nobody waits any more.

A deadline bounds *waiting*: a flight that others may still want goes on behind it (see ``cache.singleflight``).
"""

from gateway.core.clock import Clock
from gateway.core.record import Record


class Deadline(Record, frozen=True):
    """``at`` is a reading of ``clock.monotonic()``, in seconds."""

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        return cls(clock.monotonic() + seconds, clock)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.monotonic())
