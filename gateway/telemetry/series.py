"""The samples of one metric, added up as plain numbers and turned into a family of prometheus_client when scraped.

A hot page counts eight times; a lock and four calls for each, as prometheus_client's own counters take, would cost more
than the page. Rule: everything here runs in one thread, the event loop's, scrapes included.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

#: label values of one series, in the order of the metric's labels
Key = tuple[str | int, ...]

#: one number that is counted in place
Cell = list[float]

MAX_SERIES = 1_000
OTHER = "other"


class Numbers(Collector):
    """A counter or a gauge, as ``family`` says. What would be more than ``most`` series counts as ``other``."""

    def __init__(
        self,
        family: type[CounterMetricFamily | GaugeMetricFamily],
        name: str,
        meaning: str,
        labels: Sequence[str],
        *,
        registry: CollectorRegistry,
        most: int = MAX_SERIES,
    ) -> None:
        self._family = family
        self._name = name
        self._meaning = meaning
        self._labels = labels
        self._most = most
        self._cells: dict[Key, Cell] = {}
        registry.register(self)

    def cell(self, key: Key) -> Cell:
        """Where the number of a series stands, for whoever counts there again and again."""
        return self._cells.get(key) or self._begin(key)

    def add(self, key: Key, amount: float = 1) -> None:
        self.cell(key)[0] += amount

    def set(self, key: Key, value: float) -> None:
        self.cell(key)[0] = value

    def clear(self) -> None:
        """Every series is 0 again, and stays where it is."""
        for cell in self._cells.values():
            cell[0] = 0

    def _begin(self, key: Key) -> Cell:
        if len(self._cells) >= self._most:
            key = (OTHER,) * len(key)
        return self._cells.setdefault(key, [0])

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        family = self._family(self._name, self._meaning, labels=self._labels)
        for key, (value,) in self._cells.items():
            family.add_metric([str(one) for one in key], value)
        yield family


@dataclass(slots=True)
class Distribution:
    """How often values fell into each bucket, and their sum."""

    bounds: Sequence[float]
    counts: list[int]
    sum: float = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Distributions(Collector):
    """A histogram over ``bounds``, the upper ends of its buckets but for the last, which has none."""

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str], *, bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._name = name
        self._meaning = meaning
        self._labels = labels
        self._bounds = bounds
        self._series: dict[Key, Distribution] = {}
        registry.register(self)

    def series(self, key: Key) -> Distribution:
        return self._series.get(key) or self._begin(key)

    def observe(self, key: Key, value: float) -> None:
        self.series(key).observe(value)

    def _begin(self, key: Key) -> Distribution:
        if len(self._series) >= MAX_SERIES:
            key = (OTHER,) * len(key)
        return self._series.setdefault(key, Distribution(self._bounds, [0] * (len(self._bounds) + 1)))

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._meaning, labels=self._labels)
        ends = [*map(floatToGoString, self._bounds), "+Inf"]
        for key, series in self._series.items():
            below = 0
            buckets = []
            for end, count in zip(ends, series.counts, strict=True):
                below += count
                buckets.append((end, below))
            family.add_metric([str(one) for one in key], buckets, series.sum)
        yield family
