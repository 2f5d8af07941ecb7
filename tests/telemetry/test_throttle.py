from gateway.telemetry.throttle import MAX_KEYS, Throttle
from tests.support.clock import ManualClock


def test_the_first_is_said_and_the_rest_of_the_interval_is_counted() -> None:
    clock = ManualClock()
    throttle = Throttle(every=10, clock=clock)
    assert [throttle.admit("a") for _ in range(4)] == [0, None, None, None]
    clock.advance(10)
    assert throttle.admit("a") == 3
    clock.advance(10)
    assert throttle.admit("a") == 0


def test_different_things_do_not_hold_each_other_back() -> None:
    throttle = Throttle(every=10, clock=ManualClock())
    assert [throttle.admit("a"), throttle.admit("b")] == [0, 0]


def test_what_is_remembered_is_bounded_and_the_oldest_goes_first() -> None:
    throttle = Throttle(every=10, clock=ManualClock())
    for key in range(MAX_KEYS + 1):
        throttle.admit(key)
    assert throttle.admit(MAX_KEYS) is None
    assert throttle.admit(0) == 0
