from gateway.cache.breaker import COOLDOWN, FAILURES, RedisBreaker
from gateway.core.events import RedisBreakerChanged
from tests.cache.fakes import Events, ManualClock


def opened(clock: ManualClock, events: Events) -> RedisBreaker:
    breaker = RedisBreaker(clock=clock, observe=events)
    for _ in range(FAILURES):
        assert breaker.permits()
        breaker.failed()
    return breaker


def test_it_opens_after_enough_failures_in_a_row(clock: ManualClock, events: Events) -> None:
    assert not opened(clock, events).permits()
    assert events == [RedisBreakerChanged(open=True)]


def test_a_success_between_failures_keeps_it_closed(clock: ManualClock, events: Events) -> None:
    breaker = RedisBreaker(clock=clock, observe=events)
    for _ in range(3 * FAILURES):
        breaker.failed()
        breaker.succeeded()
    assert breaker.permits()
    assert not events


def test_after_the_cool_down_it_lets_one_probe_through(clock: ManualClock, events: Events) -> None:
    breaker = opened(clock, events)
    clock.advance(COOLDOWN - 0.1)
    assert not breaker.permits()
    clock.advance(0.1)
    assert [breaker.permits(), breaker.permits()] == [True, False]


def test_an_answered_probe_closes_it(clock: ManualClock, events: Events) -> None:
    breaker = opened(clock, events)
    clock.advance(COOLDOWN)
    breaker.permits()
    breaker.succeeded()
    assert [breaker.permits(), breaker.permits()] == [True, True]
    assert events == [RedisBreakerChanged(open=True), RedisBreakerChanged(open=False)]


def test_a_failed_probe_begins_another_cool_down_and_is_said_once(clock: ManualClock, events: Events) -> None:
    breaker = opened(clock, events)
    clock.advance(COOLDOWN)
    breaker.permits()
    breaker.failed()
    clock.advance(COOLDOWN - 0.1)
    assert not breaker.permits()
    assert events == [RedisBreakerChanged(open=True)]


def test_a_probe_whose_end_is_never_told_is_followed_by_another(clock: ManualClock, events: Events) -> None:
    breaker = opened(clock, events)
    clock.advance(COOLDOWN)
    assert breaker.permits()
    clock.advance(COOLDOWN)
    assert breaker.permits()
