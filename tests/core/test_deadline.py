from gateway.core.deadline import Deadline
from tests.support.clock import ManualClock


def test_a_deadline_counts_down_and_never_below_nothing() -> None:
    clock = ManualClock()
    deadline = Deadline.after(10, clock)
    assert deadline.remaining() == 10
    clock.advance(4)
    assert deadline.remaining() == 6
    clock.advance(60)
    assert deadline.remaining() == 0


def test_a_step_of_the_wall_clock_moves_no_deadline() -> None:
    clock = ManualClock()
    deadline = Deadline.after(10, clock)
    clock.unix += 3600
    assert deadline.remaining() == 10
