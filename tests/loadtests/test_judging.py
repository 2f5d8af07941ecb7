import pytest

from loadtests.locust.__main__ import conclude
from loadtests.locust.judging import judge
from loadtests.locust.plan import Threshold

FAST = Threshold(measure="walker.p95_ms", at_most=250)
ENOUGH = Threshold(measure="walks.finished", at_least=10)


def held(**measures: float) -> list[bool]:
    return [
        verdict.holds for verdict in judge([FAST, ENOUGH], {k.replace("_", ".", 1): v for k, v in measures.items()})
    ]


def test_a_bound_itself_is_within_the_bound() -> None:
    assert held(walker_p95_ms=250, walks_finished=10) == [True, True]


def test_what_is_beyond_a_bound_breaks_it() -> None:
    assert held(walker_p95_ms=250.1, walks_finished=9) == [False, False]


def test_what_was_not_measured_does_not_hold() -> None:
    assert held(walker_p95_ms=1) == [True, False]


def test_a_verdict_names_its_threshold_and_what_was_found() -> None:
    broken, missing = judge([FAST, ENOUGH], {"walker.p95_ms": 300})
    assert " ".join(str(broken).split()) == "BROKEN walker.p95_ms <= 250 300"
    assert " ".join(str(missing).split()) == "BROKEN walks.finished >= 10 not measured"


def test_a_run_ends_with_the_name_of_what_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude("average", judge([FAST, ENOUGH], {"walker.p95_ms": 300, "walks.finished": 10})) == 1
    assert capsys.readouterr().out.endswith("average: broken: walker.p95_ms <= 250\n")


def test_a_run_in_which_everything_holds_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude("average", judge([FAST], {"walker.p95_ms": 200})) == 0
    assert capsys.readouterr().out.endswith("average: every threshold holds\n")
