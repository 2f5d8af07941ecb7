"""Thresholds against measures: pure. A measure that is missing breaks its threshold, for nobody knows that it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loadtests.locust.plan import Threshold


@dataclass(frozen=True, slots=True)
class Verdict:
    """``value`` is None where nothing was measured."""

    threshold: Threshold
    value: float | None

    @property
    def holds(self) -> bool:
        return self.value is not None and self.threshold.holds(self.value)

    def __str__(self) -> str:
        found = "not measured" if self.value is None else f"{self.value:.4g}"
        return f"{'holds ' if self.holds else 'BROKEN'}  {self.threshold!s:<44} {found}"


def judge(thresholds: Iterable[Threshold], measures: Mapping[str, float]) -> list[Verdict]:
    return [Verdict(threshold, measures.get(threshold.measure)) for threshold in thresholds]
