from loadtests.bench.figures import Figure, at_least, at_most
from loadtests.bench.samples import Contestant, Sample, Spread, interleaved, ratios


def test_a_ratio_is_taken_within_each_round() -> None:
    subject = [Sample(10, 1.0, 1.0), Sample(40, 1.0, 2.0)]
    baseline = [Sample(5, 1.0, 1.0), Sample(5, 1.0, 0.5)]
    assert ratios(subject, baseline, lambda one: one.per_cpu_second) == (2.0, 2.0)


def test_requests_per_second_of_cpu_do_not_depend_on_who_asks() -> None:
    slowly, quickly = Sample(100, 10.0, 1.0), Sample(100, 2.0, 1.0)
    assert slowly.per_cpu_second == quickly.per_cpu_second
    assert slowly.rate < quickly.rate


def test_a_request_costs_microseconds_of_cpu() -> None:
    assert Sample(1000, 2.0, 0.5).cost == 500.0


def test_every_other_round_is_run_backwards() -> None:
    order: list[str] = []

    def contestant(name: str) -> Contestant:
        def measure(seconds: float) -> Sample:
            order.append(f"{name} {seconds:g}")
            return Sample(1, seconds, 1.0)

        return Contestant(name, measure)

    samples = interleaved([contestant("a"), contestant("b")], rounds=3, seconds=2)
    warming = ["a 1", "b 1"]
    assert order == [*warming, "a 2", "b 2", "b 2", "a 2", "a 2", "b 2"]
    assert {name: len(taken) for name, taken in samples.items()} == {"a": 3, "b": 3}


def test_a_spread_is_the_median_and_both_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_the_median_decides_whether_a_goal_is_met() -> None:
    assert Figure("a", (0.1, 0.9, 0.9), at_least(0.85)).line().endswith("yes")
    assert Figure("a", (0.1, 0.8, 0.9), at_least(0.85)).line().endswith("short")
    assert Figure("a", (2.4, 2.5, 9.0), at_most(2.5)).line().endswith("yes")


def test_a_figure_shows_its_goal_and_its_spread() -> None:
    line = Figure("added", (1.0, 2.0, 1234.0), at_most(2, " ms")).line()
    assert line.split() == ["added", "≤", "2", "ms", "2", "ms", "(1..1,234)", "yes"]


def test_a_figure_without_a_goal_is_not_judged() -> None:
    assert Figure("added", (1.0,)).line().split() == ["added", "1"]
