"""What may be done with a page of a certain age. Pure.

A page is *fresh* for a while; then it may be served while it is renewed behind (``stale-while-revalidate``), and
longer still where the provider fails (``stale-if-error``): RFC 5861. Ages and windows are in seconds.
"""

from enum import Enum, auto

from gateway.cache.options import WindowOptions
from gateway.core.record import Record

#: how far the clock that stamped a page may be ahead of ours; a page from further on is not believed
MAX_SKEW = 5.0


class Permission(Enum):
    """What a cached page may be used for, the most first."""

    FRESH = auto()
    """Serve it."""
    REVALIDATE = auto()
    """Serve it, and renew it behind."""
    ON_ERROR = auto()
    """Serve it only where the provider does not deliver."""
    EXPIRED = auto()

    @property
    def serves(self) -> bool:
        """Whether the page may be served without asking the provider first."""
        return self in {Permission.FRESH, Permission.REVALIDATE}


class Windows(Record, frozen=True):
    """``revalidate`` and ``if_error`` both begin where ``fresh`` ends."""

    fresh: float
    revalidate: float
    if_error: float

    @classmethod
    def of(cls, options: WindowOptions) -> "Windows":
        revalidate = options.fresh if options.revalidate is None else options.revalidate
        return cls(options.fresh, revalidate, options.if_error)

    def retention(self) -> float:
        """For how long a page is worth keeping; 0: not at all."""
        return self.fresh + max(self.revalidate, self.if_error)

    def permit(self, age: float, max_age: float | None = None) -> Permission:
        """What a page of ``age`` may be used for, where nothing older than ``max_age`` will do (0: nothing cached)."""
        if age < -MAX_SKEW or not _young_enough(age, max_age):
            return Permission.EXPIRED
        if age < self.fresh:
            return Permission.FRESH
        if age < self.fresh + self.revalidate:
            return Permission.REVALIDATE
        return Permission.ON_ERROR if age < self.fresh + self.if_error else Permission.EXPIRED


def _young_enough(age: float, max_age: float | None) -> bool:
    return max_age is None or (max_age > 0 and age <= max_age)
