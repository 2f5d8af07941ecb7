"""One measurement, several of them interleaved, and what two of them say of each other. The figures are pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    requests: int
    seconds: float
    cpu: float
    """Seconds of CPU that the measured process used meanwhile."""

    @property
    def rate(self) -> float:
        """Requests per second; it also depends on who asks."""
        return self.requests / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Requests per second of CPU; it does not."""
        return self.requests / self.cpu

    @property
    def cost(self) -> float:
        """Microseconds of CPU for one request."""
        return self.cpu / self.requests * 1e6


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    measure: Callable[[float], Sample]
    """A sample taken over that many seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, and the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


def interleaved(contestants: Sequence[Contestant], *, rounds: int, seconds: float) -> dict[str, tuple[Sample, ...]]:
    """Round by round, every other one backwards, so that whatever drifts on the machine drifts for all of them."""
    samples: dict[str, list[Sample]] = {one.name: [] for one in contestants}
    for one in contestants:
        one.measure(seconds / 2)
    for number in range(rounds):
        for one in contestants if number % 2 == 0 else reversed(contestants):
            samples[one.name].append(one.measure(seconds))
    return {name: tuple(taken) for name, taken in samples.items()}


def ratios(subject: Sequence[Sample], baseline: Sequence[Sample], per: Callable[[Sample], float]) -> tuple[float, ...]:
    """Of each round, subject over baseline."""
    return tuple(per(one) / per(other) for one, other in zip(subject, baseline, strict=True))
