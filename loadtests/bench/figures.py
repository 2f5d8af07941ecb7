"""What a row brings: figures beside their goals, and how they are printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.bench.samples import Sample, Spread

_WIDTHS = (58, 16, 28, 8)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that the median has to keep."""

    bound: float
    at_least: bool
    unit: str = ""

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}{self.unit}"


def at_least(bound: float, unit: str = "") -> Goal:
    return Goal(bound, True, unit)  # noqa: FBT003  # the two functions are its names


def at_most(bound: float, unit: str = "") -> Goal:
    return Goal(bound, False, unit)  # noqa: FBT003


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, once for each round."""

    name: str
    values: tuple[float, ...]
    goal: Goal | None = None
    unit: str = ""

    def line(self) -> str:
        spread = Spread.of(self.values)
        unit = self.goal.unit if self.goal else self.unit
        reached = f"{number(spread.median)}{unit}"
        if len(self.values) > 1:
            reached += f" ({number(spread.least)}..{number(spread.most)})"
        verdict = "" if self.goal is None else "yes" if self.goal.met(spread.median) else "short"
        return columns(self.name, str(self.goal or ""), reached, verdict)


def one(name: str, value: float, goal: Goal | None = None, unit: str = "") -> Figure:
    return Figure(name, (value,), goal, unit)


def number(value: float) -> str:
    """Three significant digits, or all those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def columns(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def header() -> str:
    return columns("figure", "goal", "median (least..most)", "reached")


def plain(name: str, samples: Sequence[Sample]) -> str:
    """Plain requests per second, and the CPU of one request."""
    rate, cost = Spread.of([sample.rate for sample in samples]), Spread.of([sample.cost for sample in samples])
    return f"    {name:<46} {number(rate.median):>8} req/s  {number(cost.median):>8} µs of CPU each"


def plains(samples: dict[str, tuple[Sample, ...]]) -> Iterable[str]:
    return [plain(name, taken) for name, taken in samples.items()]
