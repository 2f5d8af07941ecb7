"""When there is another attempt, and how long it waits."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, strategies as st

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Event, RetryBudgetExhausted, UpstreamRetried, ignore
from gateway.upstream.budget import MOST, RetryBudget
from gateway.upstream.options import RetryBudgetOptions
from gateway.upstream.retry import LEAST_ATTEMPT, LONGEST_RETRY_AFTER, Retrying, jitter, pause
from tests.support.clock import ManualClock
from tests.support.garbage import circles
from tests.upstream.calling import passing
from tests.upstream.scripted import PAGE, REQUEST, Scripted, broken


class Trial:
    """A ``Retrying`` around a script, on a clock that passes as it sleeps."""

    def __init__(self, *outcomes: Exception, attempts: int = 3, seed: int = 1) -> None:
        self.clock = ManualClock()
        self.inner = Scripted(*outcomes)
        self.events: list[Event] = []
        self.fetch = Retrying(
            self.inner,
            attempts=attempts,
            budget=RetryBudget(options=RetryBudgetOptions(), clock=self.clock, observer=ignore),
            observer=self.events.append,
            random=Random(seed),
            sleep=passing(self.clock),
        )
        self.began = self.clock.monotonic()

    async def run(self, seconds: float = 30.0) -> object:
        return await self.fetch(REQUEST, Deadline.after(seconds, self.clock))

    @property
    def waited(self) -> float:
        return self.clock.monotonic() - self.began


async def test_a_page_at_the_first_attempt_is_all_there_is() -> None:
    trial = Trial()
    assert await trial.run() is PAGE
    assert (trial.inner.calls, trial.waited, trial.events) == (1, 0.0, [])


async def test_a_transient_failure_is_tried_again_after_a_pause() -> None:
    trial = Trial(broken())
    assert await trial.run() is PAGE
    assert trial.inner.calls == 2
    assert 0.05 <= trial.waited <= 0.1
    assert trial.events == [UpstreamRetried("test", "unreachable")]


async def test_the_last_failure_is_raised_once_the_attempts_are_spent() -> None:
    last = broken(FailureCode.SERVER_ERROR)
    trial = Trial(broken(), broken(), last)
    with pytest.raises(UpstreamError) as caught:
        await trial.run()
    assert caught.value is last
    assert (trial.inner.calls, len(trial.events)) == (3, 2)


async def test_one_attempt_means_no_other() -> None:
    trial = Trial(broken(), attempts=1)
    with pytest.raises(UpstreamError):
        await trial.run()
    assert (trial.inner.calls, trial.events) == (1, [])


@pytest.mark.parametrize("code", [FailureCode.TIMEOUT, FailureCode.UNAUTHORIZED, FailureCode.SATURATED])
async def test_a_failure_that_is_not_transient_is_not_tried_again(code: FailureCode) -> None:
    trial = Trial(broken(code, transient=False))
    with pytest.raises(UpstreamError):
        await trial.run()
    assert (trial.inner.calls, trial.waited) == (1, 0.0)


async def test_a_fault_of_our_own_is_not_tried_again() -> None:
    trial = Trial(RuntimeError())
    with pytest.raises(RuntimeError):
        await trial.run()
    assert trial.inner.calls == 1


async def test_the_upstreams_own_pause_is_kept() -> None:
    trial = Trial(broken(FailureCode.THROTTLED, retry_after=1.0))
    await trial.run()
    assert trial.waited == 1.0


async def test_a_retry_after_of_nothing_still_waits_a_little() -> None:
    trial = Trial(broken(retry_after=0.0))
    await trial.run()
    assert trial.waited >= 0.05


@pytest.mark.parametrize(("retry_after", "seconds"), [(2.1, 30.0), (3600.0, 30.0), (1.0, 1.0), (0.5, 0.2)])
async def test_a_pause_that_is_too_long_ends_it_at_once(retry_after: float, seconds: float) -> None:
    trial = Trial(broken(retry_after=retry_after))
    with pytest.raises(UpstreamError):
        await trial.run(seconds)
    assert (trial.inner.calls, trial.waited, trial.events) == (1, 0.0, [])


async def test_pauses_are_those_of_the_random_source_that_was_passed() -> None:
    waits = []
    for seed in (1, 1, 2):
        trial = Trial(broken(), broken(), seed=seed)
        await trial.run()
        waits.append(trial.waited)
    assert waits[0] == waits[1] != waits[2]


@given(attempt=st.integers(1, 10), seed=st.integers())
def test_every_jitter_lies_between_50_and_500_milliseconds(attempt: int, seed: int) -> None:
    wait = jitter(attempt, Random(seed))
    assert 0.05 <= wait <= min(0.5, 0.1 * 2 ** (attempt - 1))


@given(
    retry_after=st.none() | st.floats(0, 3600),
    jittered=st.floats(0.05, 0.5),
    remaining=st.floats(0, 60),
    transient=st.booleans(),
)
def test_a_pause_is_long_enough_for_the_upstream_and_short_enough_for_the_deadline(
    retry_after: float | None, jittered: float, remaining: float, transient: bool
) -> None:
    wait = pause(broken(retry_after=retry_after, transient=transient), jittered, remaining)
    if wait is None:
        least = max(retry_after or 0.0, jittered)
        assert not transient or least > LONGEST_RETRY_AFTER or least + LEAST_ATTEMPT > remaining
    else:
        assert transient
        assert wait >= jittered
        assert wait >= (retry_after or 0.0)
        assert wait <= LONGEST_RETRY_AFTER
        assert wait + LEAST_ATTEMPT <= remaining


@given(
    failures=st.lists(st.none() | st.floats(0, 3), max_size=6),
    attempts=st.integers(1, 5),
    seconds=st.floats(0.001, 5),
    seed=st.integers(),
)
async def test_attempts_and_deadline_are_kept_whatever_happens(
    failures: list[float | None], attempts: int, seconds: float, seed: int
) -> None:
    trial = Trial(*(broken(retry_after=wait) for wait in failures), attempts=attempts, seed=seed)
    try:
        await trial.run(seconds)
    except UpstreamError:
        assert trial.inner.calls <= len(failures)
    assert trial.inner.calls <= attempts
    assert trial.waited < seconds
    assert len(trial.events) == trial.inner.calls - 1


async def test_nothing_is_tried_again_once_the_budget_is_spent_and_that_is_told() -> None:
    trial = Trial(*(broken() for _ in range(100)), attempts=100)
    trial.fetch._budget = RetryBudget(
        options=RetryBudgetOptions(share=0, floor=0), clock=trial.clock, observer=trial.events.append
    )
    with pytest.raises(UpstreamError):
        await trial.run()
    assert trial.inner.calls == MOST + 1
    assert trial.events[-1] == RetryBudgetExhausted("test")


async def test_a_retry_that_is_refused_by_an_open_circuit_does_not_hide_what_was_wrong() -> None:
    first = broken(FailureCode.SERVER_ERROR)
    trial = Trial(first, broken(FailureCode.CIRCUIT_OPEN, transient=False))
    with pytest.raises(UpstreamError) as caught:
        await trial.run()
    assert caught.value is first


@pytest.mark.parametrize("last", [FailureCode.SERVER_ERROR, FailureCode.CIRCUIT_OPEN])
async def test_what_failed_does_not_hold_itself(last: FailureCode) -> None:
    """By the frames that it went through, which must not hold it."""
    trial = Trial(broken(FailureCode.SERVER_ERROR), broken(last, transient=False))
    with circles() as found:
        with suppress(UpstreamError):
            await trial.run()
        del trial
    assert not [one for one in found if isinstance(one, UpstreamError)]
