"""Who waits for whom in ``Cached``, and for how long."""

import asyncio

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import CacheStored, FlightJoined
from gateway.provider.page import Origin
from tests.cache.cases import BROKEN, Case
from tests.cache.fakes import ids, request, stamped
from tests.support.loop import turns, until


async def test_requests_at_once_share_one_fetch(case: Case) -> None:
    case.inner.gate.clear()
    asking = [asyncio.create_task(case.cached(request(), case.deadline())) for _ in range(1000)]
    await turns()
    case.inner.gate.set()
    found = await asyncio.gather(*asking)
    assert {ids(each)[0] for each in found} == {"first"}
    assert [each.origin.collapsed for each in found] == [False] + [True] * 999
    assert (case.calls, len(case.events.of(FlightJoined))) == (1, 999)


async def test_a_fetch_is_shared_with_a_request_that_takes_nothing_cached(case: Case) -> None:
    case.inner.gate.clear()
    asking = [asyncio.create_task(case.cached(request(max_age=each), case.deadline())) for each in (None, 0, 5)]
    await turns()
    case.inner.gate.set()
    assert [ids(each) for each in await asyncio.gather(*asking)] == [["first"]] * 3


async def test_when_the_first_client_leaves_the_others_are_served(case: Case) -> None:
    case.inner.gate.clear()
    first, second = (asyncio.create_task(case.cached(request(), case.deadline())) for _ in range(2))
    await turns()
    first.cancel()
    await turns()
    case.inner.gate.set()
    assert ids(await second) == ["first"]


async def test_when_every_client_leaves_the_fetch_is_cancelled(case: Case) -> None:
    case.inner.gate.clear()
    asking = [asyncio.create_task(case.cached(request(), case.deadline())) for _ in range(2)]
    await turns()
    for each in asking:
        each.cancel()
    await until(lambda: case.inner.cancelled == 1)


async def test_when_the_deadline_passes_the_fetch_goes_on_and_fills_the_cache(case: Case) -> None:
    case.inner.gate.clear()
    with pytest.raises(TimeoutError):
        await case.cached(request(), case.deadline(0.01))
    case.inner.gate.set()
    await until(lambda: bool(case.events.of(CacheStored)))
    assert (await case.cached(request(), case.deadline())).origin.tier == "memory"
    assert case.calls == 1


async def test_when_the_deadline_passes_an_old_page_at_hand_is_served(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    case.inner.gate.clear()
    found = await case.cached(request(), case.deadline(0.01))
    assert found.origin == Origin(tier="memory", age=100, ttl=-70, stale=True, forwarded="stale")


async def test_the_fetch_has_a_deadline_of_its_own(case: Case) -> None:
    await case.cached(request(), case.deadline(1))
    assert case.inner.calls[0][1].remaining() == 30


async def test_a_fetch_that_hangs_is_ended_and_the_next_to_ask_begins_anew(case: Case) -> None:
    case.flight_seconds = 0.02
    case.build()
    case.inner.gate.clear()
    with pytest.raises(UpstreamError) as failed:
        await case.cached(request(), case.deadline())
    assert (failed.value.code, case.inner.cancelled) == (FailureCode.TIMEOUT, 1)
    case.inner.gate.set()
    assert ids(await case.cached(request(), case.deadline())) == ["second"]


async def test_a_renewal_that_hangs_is_ended_and_begun_anew(case: Case) -> None:
    case.flight_seconds = 0.02
    case.build()
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    case.inner.gate.clear()
    await case.cached(request(), case.deadline())
    await until(lambda: case.inner.cancelled == 1)
    case.inner.gate.set()
    await turns()
    await case.cached(request(), case.deadline())
    await until(lambda: len(case.events.of(CacheStored)) == 2)


async def test_a_failure_reaches_everyone_who_waits_once(case: Case) -> None:
    case.script(BROKEN, stamped(case.clock, "first"))
    asking = [case.cached(request(), case.deadline()) for _ in range(3)]
    assert await asyncio.gather(*asking, return_exceptions=True) == [BROKEN] * 3
    assert ids(await case.cached(request(), case.deadline())) == ["first"]


async def test_closing_ends_what_is_under_way(case: Case) -> None:
    case.inner.gate.clear()
    asking = asyncio.create_task(case.cached(request(), case.deadline()))
    await turns()
    await case.cached.aclose()
    with pytest.raises(TimeoutError):
        await asking
    assert case.inner.cancelled == 1
