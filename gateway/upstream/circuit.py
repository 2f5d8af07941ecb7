"""When to leave one account at a provider alone. No I/O: it is told how calls ended, and says whether to make one.

::

    closed --(failures in a row, or their share)--> open --(cooldown over)--> half-open --(probe answered)--> closed
       |                                             ^                           |
       '--(throttled, for as long as was asked)--> held                          '--(probe failed)--> open
                                                     '--(over)--> closed

- In half-open one call at a time is the probe; the others are refused until it has ended.
- What ended without saying anything about the provider (cancelled, cut short by a deadline) changes nothing; a probe
  that ends so is followed by another at once.
- A call that began before the last change says nothing about what is now (the generation of sony/gobreaker).
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from random import Random
from typing import Literal

from gateway.core.clock import Clock
from gateway.core.record import Record
from gateway.upstream.options import BreakerOptions

State = Literal["closed", "half_open", "open"]

#: a cool-down is longer by up to this share, at random, so that replicas do not probe at once
JITTER = 0.2
#: seconds; a timer of the event loop may be early by so much
EARLY = 0.01
#: seconds after which those that a probe keeps out may come again
PROBE = 1.0
#: a window is counted in so many parts
PARTS = 10


class Outcome(Enum):
    """What a call that has ended says about the provider."""

    ANSWERED = auto()
    FAILED = auto()
    NOTHING = auto()


class Refused(Record, frozen=True):
    """No call now. ``wait``: seconds until one may be made. ``held``: the provider has asked for the pause."""

    wait: float
    held: bool


class Circuit:
    """``changed`` hears of every change of ``state``, after it."""

    def __init__(
        self, *, options: BreakerOptions, clock: Clock, random: Random, changed: Callable[[State], None]
    ) -> None:
        self._options = options
        self._clock = clock
        self._random = random
        self._changed = changed
        self._counts = _Window(options.window)
        self._in_a_row = 0
        self._generation = 0
        self._until = 0.0
        self._held = False
        self._probing = False
        self.state: State = "closed"

    def enter(self) -> int | Refused:
        """The generation to hand to ``leave`` once the call has ended, or why there is to be none."""
        if self.state == "open":
            left = self._until - self._clock.monotonic()
            if left > EARLY:
                return Refused(left, self._held)
            self._become("closed" if self._held else "half_open")
        if self.state == "half_open":
            if self._probing:
                return Refused(PROBE, held=False)
            self._probing = True
        return self._generation

    def leave(self, generation: int, outcome: Outcome) -> float | None:
        """The call has ended. Seconds until the next may be made, where this one is why the circuit has opened."""
        if generation != self._generation:
            return None
        self._probing = False
        if outcome is Outcome.NOTHING:
            return None
        failed = outcome is Outcome.FAILED
        if self.state == "closed":
            self._count(failed=failed)
            return self._open() if self._tripped() else None
        if failed:
            return self._open()
        self._become("closed")
        return None

    def hold(self, generation: int, seconds: float) -> None:
        """The provider has asked to be left alone for a while."""
        if generation == self._generation:
            self._held = True
            self._until = self._clock.monotonic() + seconds
            self._become("open")

    def _count(self, *, failed: bool) -> None:
        self._in_a_row = self._in_a_row + 1 if failed else 0
        self._counts.add(self._clock.monotonic(), failed=failed)

    def _tripped(self) -> bool:
        if self._in_a_row >= self._options.failures:
            return True
        if not self._in_a_row:  # an answer never opens it
            return False
        calls, failures = self._counts.sums()
        return calls >= self._options.calls and failures >= self._options.share * calls

    def _open(self) -> float:
        wait = self._options.cooldown * (1 + self._random.uniform(0, JITTER))
        self._held = False
        self._until = self._clock.monotonic() + wait
        self._become("open")
        return wait

    def _become(self, state: State) -> None:
        self._generation += 1
        self._probing = False
        self._in_a_row = 0
        self._counts.clear()
        self.state = state
        self._changed(state)


class _Window:
    """Calls and failures of the last ``seconds``, to a tenth."""

    def __init__(self, seconds: float) -> None:
        self._part = seconds / PARTS
        self._parts: deque[list[int]] = deque()  # number of the part, calls, failures

    def add(self, now: float, *, failed: bool) -> None:
        number = int(now // self._part)
        while self._parts and self._parts[0][0] <= number - PARTS:
            self._parts.popleft()
        if not self._parts or self._parts[-1][0] != number:
            self._parts.append([number, 0, 0])
        self._parts[-1][1] += 1
        self._parts[-1][2] += failed

    def sums(self) -> tuple[int, int]:
        """As of the last ``add``."""
        return sum(part[1] for part in self._parts), sum(part[2] for part in self._parts)

    def clear(self) -> None:
        self._parts.clear()
