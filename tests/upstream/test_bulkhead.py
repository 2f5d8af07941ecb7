"""How many calls are let through, how long the others wait, and that no place is ever lost."""

import asyncio
from random import Random

import pytest

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from gateway.upstream import bulkhead
from gateway.upstream.bulkhead import Bulkhead
from tests.support.clock import ManualClock
from tests.upstream.scripted import PAGE, REQUEST, Scripted, broken


class Gate:
    """A ``Fetch`` whose calls wait until they are let go."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.entered = asyncio.Semaphore(0)
        self.inside = 0
        self.most = 0

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.entered.release()
        try:
            await self.open.wait()
        finally:
            self.inside -= 1
        return PAGE


def soon(seconds: float = 30.0) -> Deadline:
    return Deadline.after(seconds, ManualClock())


async def test_at_most_the_limit_is_under_way_and_all_get_their_turn() -> None:
    gate = Gate()
    fetch = Bulkhead(gate, limit=3)
    calls = [asyncio.create_task(fetch(REQUEST, soon())) for _ in range(10)]
    for _ in range(3):
        await gate.entered.acquire()
    gate.open.set()
    assert await asyncio.gather(*calls) == [PAGE] * 10
    assert gate.most == 3


async def test_a_place_that_does_not_come_free_in_time_is_saturated() -> None:
    gate = Gate()
    fetch = Bulkhead(gate, limit=1)
    first = asyncio.create_task(fetch(REQUEST, soon()))
    await gate.entered.acquire()
    with pytest.raises(UpstreamError) as caught:
        await fetch(REQUEST, soon(0.05))
    assert (caught.value.code, caught.value.transient) == (FailureCode.SATURATED, False)
    gate.open.set()
    await first
    assert await fetch(REQUEST, soon()) is PAGE


async def test_the_wait_is_bounded_where_the_deadline_is_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "LONGEST_WAIT", 0.05)
    gate = Gate()
    fetch = Bulkhead(gate, limit=1)
    first = asyncio.create_task(fetch(REQUEST, soon()))
    await gate.entered.acquire()
    with pytest.raises(UpstreamError, match="saturated"):
        await fetch(REQUEST, soon(3600))
    gate.open.set()
    await first


async def test_a_failed_call_gives_its_place_back() -> None:
    fetch = Bulkhead(Scripted(broken(), RuntimeError()), limit=1)
    with pytest.raises(UpstreamError):
        await fetch(REQUEST, soon())
    with pytest.raises(RuntimeError):
        await fetch(REQUEST, soon())
    assert await fetch(REQUEST, soon()) is PAGE


async def test_calls_that_are_cancelled_waiting_or_under_way_lose_no_place() -> None:
    random = Random(3)
    gate = Gate()
    fetch = Bulkhead(gate, limit=4)

    async def cancelled_somewhere() -> None:
        call = asyncio.create_task(fetch(REQUEST, soon(random.choice([0.0, 0.001, 30.0]))))
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    for _ in range(20):
        await asyncio.gather(*(cancelled_somewhere() for _ in range(20)))
    assert gate.inside == 0
    full = Gate()
    fetch._fetch = full
    calls = [asyncio.create_task(fetch(REQUEST, soon())) for _ in range(5)]
    for _ in range(4):
        await full.entered.acquire()
    assert full.inside == 4
    full.open.set()
    await asyncio.gather(*calls)
    assert full.most == 4
