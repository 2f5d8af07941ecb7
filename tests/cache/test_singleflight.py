import asyncio
import gc
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from gateway.cache.singleflight import SingleFlight
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from tests.cache.fakes import ManualClock
from tests.support.loop import turns, until

CLOCK = ManualClock()
LATER = Deadline.after(30, CLOCK)
PASSED = Deadline.after(0, CLOCK)

seen_by: ContextVar[str] = ContextVar("seen_by", default="nobody")


class Work:
    """Counts how often it is begun, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.unwound = asyncio.Event()
        self.unwound.set()
        self.error: Exception | None = None

    async def __call__(self) -> str:
        self.begun += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            await self.unwound.wait()
            raise
        if self.error:
            raise self.error
        return f"result {self.begun}"


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def flights() -> AsyncIterator[SingleFlight[str]]:
    flights = SingleFlight[str]()
    yield flights
    await flights.aclose()


def waiting(flights: SingleFlight[str], work: Work, deadline: Deadline = LATER) -> asyncio.Task[str]:
    return asyncio.create_task(flights.join("k", work, deadline))


async def test_many_who_wait_share_one_piece_of_work(flights: SingleFlight[str], work: Work) -> None:
    waiters = [waiting(flights, work) for _ in range(1000)]
    await turns()
    work.gate.set()
    assert set(await asyncio.gather(*waiters)) == {"result 1"}
    assert work.begun == 1
    assert "k" not in flights


async def test_other_keys_do_not_share(flights: SingleFlight[str], work: Work) -> None:
    work.gate.set()
    await asyncio.gather(flights.join("1", work, LATER), flights.join("2", work, LATER))
    assert work.begun == 2


async def test_who_began_it_may_leave_and_the_others_are_served(flights: SingleFlight[str], work: Work) -> None:
    leader, follower = waiting(flights, work), waiting(flights, work)
    await turns()
    leader.cancel()
    await turns()
    work.gate.set()
    assert await follower == "result 1"
    assert leader.cancelled()


async def test_when_the_last_who_waits_is_cancelled_the_work_is_too(flights: SingleFlight[str], work: Work) -> None:
    waiters = [waiting(flights, work) for _ in range(3)]
    await turns()
    for waiter in waiters:
        assert work.cancelled == 0
        waiter.cancel()
    await until(lambda: work.cancelled == 1)
    assert "k" not in flights


async def test_who_asks_while_the_work_is_being_cancelled_begins_it_anew(
    flights: SingleFlight[str], work: Work
) -> None:
    work.unwound.clear()
    leaver = waiting(flights, work)
    await turns()
    leaver.cancel()
    await turns()
    work.gate.set()
    assert await flights.join("k", work, LATER) == "result 2"
    assert (work.cancelled, len(flights)) == (1, 1)
    work.unwound.set()


async def test_when_a_deadline_passes_the_work_goes_on_without_anyone(flights: SingleFlight[str], work: Work) -> None:
    with pytest.raises(TimeoutError):
        await flights.join("k", work, PASSED)
    await turns()
    late = waiting(flights, work)
    await turns()
    late.cancel()
    await turns()
    assert (work.begun, work.cancelled, "k" in flights) == (1, 0, True)
    work.gate.set()
    await until(lambda: "k" not in flights)


async def test_a_failure_reaches_everyone_once_and_the_next_begins_anew(flights: SingleFlight[str], work: Work) -> None:
    work.error = UpstreamError(FailureCode.REFUSED, "no")
    work.gate.set()
    found = await asyncio.gather(*(waiting(flights, work) for _ in range(3)), return_exceptions=True)
    assert found == [work.error] * 3
    work.error = None
    assert await flights.join("k", work, LATER) == "result 2"


async def test_a_shared_error_does_not_collect_the_traceback_of_everyone_who_raised_it(
    flights: SingleFlight[str], work: Work
) -> None:
    work.error = UpstreamError(FailureCode.REFUSED, "no")
    work.gate.set()
    await asyncio.gather(*(waiting(flights, work) for _ in range(100)), return_exceptions=True)
    depth, traceback = 0, work.error.__traceback__
    while traceback:
        depth, traceback = depth + 1, traceback.tb_next
    assert depth < 10


async def test_nobody_hears_of_a_failure_that_nobody_waited_for(flights: SingleFlight[str], work: Work) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    work.error = UpstreamError(FailureCode.REFUSED, "no")
    work.gate.set()
    flights.start("k", work)
    await until(lambda: not len(flights))
    gc.collect()
    assert not reported


async def test_a_fault_of_our_own_is_reported_even_where_nobody_waited(flights: SingleFlight[str], work: Work) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    work.error = KeyError("ours")
    work.gate.set()
    flights.start("k", work)
    await until(lambda: not len(flights))
    assert reported == [work.error]


async def test_work_that_nobody_waits_for_is_begun_once_and_may_be_joined(
    flights: SingleFlight[str], work: Work
) -> None:
    flights.start("k", work)
    flights.start("k", work)
    joined = waiting(flights, work)
    await turns()
    work.gate.set()
    assert await joined == "result 1"
    assert work.begun == 1


async def test_the_work_sees_no_context_of_who_began_it(flights: SingleFlight[str]) -> None:
    seen_by.set("tenant a")

    async def look() -> str:
        return seen_by.get()

    assert await flights.join("k", look, LATER) == "nobody"


async def test_closing_ends_the_work_and_tells_those_who_wait(flights: SingleFlight[str], work: Work) -> None:
    waiter = waiting(flights, work)
    flights.start("other", work)
    await turns()
    await flights.aclose()
    assert (work.cancelled, len(flights)) == (2, 0)
    with pytest.raises(TimeoutError):
        await waiter


Step = tuple[str, int]
steps = st.lists(st.tuples(st.sampled_from(["join", "cancel", "expire", "start", "land", "fail"]), st.integers(0, 5)))


@settings(max_examples=150, deadline=None)
@given(steps)
def test_whatever_the_order_nobody_hangs_and_one_piece_of_work_runs_at_a_time(script: list[Step]) -> None:
    asyncio.run(_play(script))


async def _play(script: list[Step]) -> None:
    flights, works, waiters = SingleFlight[str](), list[Work](), list[asyncio.Task[str]]()

    async def work() -> str:
        assert all(each.gate.is_set() or each.cancelled for each in works)
        works.append(Work())
        return await works[-1]()

    for step, number in script:
        if step in {"join", "expire"}:
            waiters.append(asyncio.create_task(flights.join("k", work, LATER if step == "join" else PASSED)))
        elif step == "cancel" and waiters:
            waiters[number % len(waiters)].cancel()
        elif step == "start":
            flights.start("k", work)
        elif works and not works[-1].gate.is_set():
            works[-1].error = UpstreamError(FailureCode.REFUSED, "no") if step == "fail" else None
            works[-1].gate.set()
        await turns(4)
    while "k" in flights:
        await turns(4)
        works[-1].gate.set()
    found = await asyncio.gather(*waiters, return_exceptions=True)
    assert all(isinstance(each, str | UpstreamError | TimeoutError | asyncio.CancelledError) for each in found)
    assert len(flights) == 0
