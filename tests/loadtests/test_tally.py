from loadtests.locust.tally import WINDOW, Recent, Tally
from tests.support.clock import ManualClock


def test_walks_and_pages_are_measured() -> None:
    tally = Tally()
    tally.walk("")
    tally.walk("1 missing")
    tally.page(complete=True)
    tally.page(complete=False)
    assert tally.measures() == {"walks.finished": 2, "walks.broken": 1, "pages.incomplete_share": 0.5}


def test_without_pages_their_completeness_is_not_measured() -> None:
    assert "pages.incomplete_share" not in Tally().measures()


def test_the_window_speaks_of_its_last_seconds_alone() -> None:
    clock = ManualClock()
    recent = Recent(clock.monotonic)
    recent.add(9_000, right=False)
    clock.advance(WINDOW + 1)
    for milliseconds in range(100):
        recent.add(milliseconds, right=milliseconds > 0)
    assert (recent.p95_ms(), recent.error_share(), recent.per_second()) == (95, 0.01, 100 / WINDOW)


def test_an_empty_window_is_neither_slow_nor_wrong() -> None:
    recent = Recent(ManualClock().monotonic)
    assert (recent.p95_ms(), recent.error_share(), recent.per_second()) == (0, 0, 0)
