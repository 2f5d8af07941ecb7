"""Saying the same thing now and then instead of every time. Pure but for the clock it is given."""

from gateway.core.clock import Clock

#: most different things that are remembered; beyond it the oldest is forgotten, and so said again
MAX_KEYS = 256


class Throttle:
    def __init__(self, *, every: float, clock: Clock) -> None:
        self._every = every
        self._clock = clock
        self._said: dict[object, tuple[float, int]] = {}

    def admit(self, key: object) -> int | None:
        """How many of this were held back since the last one; None where this one is to be held back too."""
        now = self._clock.monotonic()
        at, held_back = self._said.get(key, (None, 0))
        if at is not None and now - at < self._every:
            self._said[key] = (at, held_back + 1)
            return None
        self._said.pop(key, None)  # to the end: the oldest stands first
        self._said[key] = (now, 0)
        if len(self._said) > MAX_KEYS:
            del self._said[next(iter(self._said))]
        return held_back
