"""Contestants measured in turn, and compared by what they did in a second of CPU."""

from collections.abc import Generator, Sequence

from loadtests.bench.figures import Figure, Goal, plains
from loadtests.bench.samples import Contestant, Sample, interleaved, ratios
from loadtests.bench.stage import Stage

Samples = dict[str, tuple[Sample, ...]]


def measured(stage: Stage, *contest: Contestant, seconds: float = 0.0) -> Generator[str, None, Samples]:
    """Yields a line of plain figures for each; returns the samples of all rounds by name.

    ``seconds``: the least that one measurement takes, where a request takes long.
    """
    samples = interleaved(contest, rounds=stage.rounds, seconds=max(seconds, stage.seconds))
    yield from plains(samples)
    return samples


def compared(name: str, subject: Sequence[Sample], baseline: Sequence[Sample], goal: Goal | None = None) -> Figure:
    """How many times the baseline's requests the subject did per second of CPU."""
    return Figure(name, ratios(subject, baseline, lambda sample: sample.per_cpu_second), goal)


def dearer(name: str, subject: Sequence[Sample], baseline: Sequence[Sample], goal: Goal | None = None) -> Figure:
    """How many times the baseline's CPU one request of the subject took."""
    return Figure(name, ratios(subject, baseline, lambda sample: sample.cost), goal)
