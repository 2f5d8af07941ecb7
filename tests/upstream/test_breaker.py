"""When a provider is left alone, and when it is asked again."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Event, UpstreamBreakerChanged
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from gateway.upstream.breaker import CUT, CircuitBreaker
from gateway.upstream.circuit import JITTER, PROBE
from gateway.upstream.options import BreakerOptions
from tests.support.clock import ManualClock
from tests.upstream.calling import a_provider
from tests.upstream.scripted import PAGE, REQUEST, broken

OTHER_ACCOUNT = PageRequest("other", a_provider(key="of another"), None)
FAILURES, COOLDOWN = 3, 10.0
LATEST = COOLDOWN * (1 + JITTER)


class Upstream:
    """Answers, fails as it is set to, or hangs until it is let go."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.calls = 0
        self.go: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        self.calls += 1
        failure = self.failure
        self.entered.set()
        if self.go:
            await self.go.wait()
        if failure:
            raise failure
        return PAGE


class Trial:
    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.upstream = Upstream()
        self.events: list[Event] = []
        self.breaker = CircuitBreaker(
            self.upstream,
            options=BreakerOptions.model_validate({"failures": FAILURES, "cooldown": COOLDOWN} | options),
            clock=self.clock,
            observer=self.events.append,
            random=Random(1),
        )

    async def ask(self, request: PageRequest = REQUEST, seconds: float = 30.0) -> Page:
        return await self.breaker(request, Deadline.after(seconds, self.clock))

    async def fail(self, failure: Exception | None = None, times: int = 1, seconds: float = 30.0) -> UpstreamError:
        self.upstream.failure = failure or broken()
        for _ in range(times):
            with pytest.raises(UpstreamError) as caught:
                await self.ask(seconds=seconds)
        self.upstream.failure = None
        return caught.value

    async def refused(self, request: PageRequest = REQUEST) -> UpstreamError | None:
        """Why there was no call; None where there was one."""
        before = self.upstream.calls
        with suppress(UpstreamError):
            await self.ask(request)
            return None
        with pytest.raises(UpstreamError) as caught:
            await self.ask(request)
        assert (caught.value.code, self.upstream.calls) == (FailureCode.CIRCUIT_OPEN, before)
        return caught.value

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.events if isinstance(event, UpstreamBreakerChanged)]


async def opened(**options: Any) -> Trial:
    trial = Trial(**options)
    await trial.fail(times=FAILURES)
    return trial


async def half_open(failure: Exception | None = None) -> tuple[Trial, "asyncio.Task[Page]"]:
    """With a probe that is under way, and fails so once it is let go."""
    trial = await opened()
    trial.clock.advance(LATEST)
    trial.upstream.failure, trial.upstream.go = failure, asyncio.Event()
    trial.upstream.entered.clear()
    probe = asyncio.create_task(trial.ask())
    await trial.upstream.entered.wait()
    return trial, probe


async def test_it_opens_after_failures_in_a_row_and_makes_no_call_then() -> None:
    trial = await opened()
    assert await trial.refused()
    assert trial.states == ["open"]


async def test_an_answer_between_failures_keeps_it_closed() -> None:
    trial = Trial()
    for _ in range(5):
        await trial.fail(times=FAILURES - 1)
        await trial.ask()
    assert trial.states == []


async def test_it_opens_on_a_share_of_failures_too() -> None:
    trial = Trial(failures=1000, share=0.5, calls=20)
    for _ in range(9):
        await trial.fail()
        await trial.ask()
    await trial.ask()
    assert trial.states == []
    await trial.fail()
    assert trial.states == ["open"]


async def test_a_share_of_few_calls_does_not_open_it() -> None:
    trial = Trial(failures=1000, share=0.5, calls=20)
    await trial.fail(times=19)
    assert trial.states == []


async def test_what_was_before_the_window_does_not_count() -> None:
    trial = Trial(failures=1000, share=0.5, calls=20, window=10)
    await trial.fail(times=19)
    trial.clock.advance(11)
    await trial.fail(times=19)
    assert trial.states == []


@pytest.mark.parametrize("code", [FailureCode.TIMEOUT, FailureCode.UNREACHABLE, FailureCode.SERVER_ERROR])
async def test_what_says_that_the_provider_is_down_counts(code: FailureCode) -> None:
    trial = Trial()
    await trial.fail(broken(code), FAILURES)
    assert trial.states == ["open"]


@pytest.mark.parametrize(
    "code",
    sorted(set(FailureCode) - {FailureCode.TIMEOUT, FailureCode.UNREACHABLE, FailureCode.SERVER_ERROR}),
)
async def test_nothing_else_does(code: FailureCode) -> None:
    trial = Trial(calls=1)
    await trial.fail(broken(code), 10 * FAILURES)
    assert trial.states == []


@pytest.mark.parametrize("code", [FailureCode.SATURATED, FailureCode.THROTTLED, FailureCode.CONFIG])
async def test_what_says_nothing_does_not_interrupt_a_row(code: FailureCode) -> None:
    trial = Trial()
    await trial.fail(times=FAILURES - 1)
    await trial.fail(broken(code))
    await trial.fail()
    assert trial.states == ["open"]


async def test_a_timeout_that_is_the_deadlines_does_not_count() -> None:
    trial = Trial()
    await trial.fail(broken(FailureCode.TIMEOUT), 10 * FAILURES, seconds=CUT / 2)
    assert trial.states == []


async def test_a_client_that_leaves_does_not_count() -> None:
    trial = Trial(failures=1)
    trial.upstream.go = asyncio.Event()
    call = asyncio.create_task(trial.ask())
    await trial.upstream.entered.wait()
    call.cancel()
    await asyncio.wait([call])
    trial.upstream.go = None
    assert await trial.refused() is None


async def test_a_refusal_and_the_failure_before_it_say_when_the_next_probe_is_due() -> None:
    trial = Trial()
    failure = await trial.fail(times=FAILURES)
    assert failure.retry_after
    assert COOLDOWN <= failure.retry_after <= LATEST
    trial.clock.advance(4)
    refusal = await trial.refused()
    assert refusal
    assert refusal.retry_after == failure.retry_after - 4
    assert not refusal.transient


async def test_after_the_cool_down_one_probe_is_let_through_and_closes_it() -> None:
    trial, probe = await half_open()
    refusal = await trial.refused()
    assert refusal
    assert refusal.retry_after == PROBE
    assert trial.upstream.go
    trial.upstream.go.set()
    await probe
    assert await trial.refused() is None
    assert trial.states == ["open", "half_open", "closed"]


async def test_a_probe_that_fails_begins_another_cool_down() -> None:
    trial, probe = await half_open(broken())
    assert trial.upstream.go
    trial.upstream.go.set()
    await asyncio.wait([probe])
    trial.upstream.failure = None
    trial.clock.advance(COOLDOWN - 1)
    assert await trial.refused()
    assert trial.states == ["open", "half_open", "open"]


async def test_any_answer_to_a_probe_closes_it() -> None:
    trial, probe = await half_open(broken(FailureCode.UNAUTHORIZED))
    assert trial.upstream.go
    trial.upstream.go.set()
    await asyncio.wait([probe])
    assert trial.states[-1] == "closed"


async def test_a_probe_whose_client_left_is_followed_by_another_at_once() -> None:
    trial, probe = await half_open()
    probe.cancel()
    await asyncio.wait([probe])
    trial.upstream.go = None
    assert await trial.refused() is None
    assert trial.states[-1] == "closed"


async def test_a_call_from_before_says_nothing_about_what_is_now() -> None:
    trial = Trial()
    trial.upstream.go = asyncio.Event()
    late = asyncio.create_task(trial.ask())
    await trial.upstream.entered.wait()
    go, trial.upstream.go = trial.upstream.go, None
    await trial.fail(times=FAILURES)
    go.set()
    await late
    assert trial.states == ["open"]


async def test_a_provider_that_asks_to_be_left_alone_is_for_as_long_and_then_asked_by_all() -> None:
    trial = Trial()
    await trial.fail(broken(FailureCode.THROTTLED, retry_after=60.0))
    trial.clock.advance(59)
    refusal = await trial.refused()
    assert refusal
    assert (refusal.retry_after, refusal.transient) == (1.0, True)
    trial.clock.advance(1)
    assert await trial.refused() is None
    assert trial.states == ["open", "closed"]


async def test_what_meets_one_account_leaves_another_alone() -> None:
    trial = await opened()
    assert await trial.refused()
    assert await trial.refused(OTHER_ACCOUNT) is None


async def test_the_worst_of_its_accounts_is_told_of_a_provider() -> None:
    trial = await opened()
    trial.upstream.failure = broken(FailureCode.THROTTLED, retry_after=COOLDOWN * 3)
    with pytest.raises(UpstreamError):
        await trial.ask(OTHER_ACCOUNT)
    trial.upstream.failure = None
    trial.clock.advance(LATEST)
    await trial.ask()
    assert trial.events[-1] == UpstreamBreakerChanged("test", "closed", "open")
