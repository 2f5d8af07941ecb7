"""Fetching pages before they are asked for: bounded, counted, ended."""

import asyncio

from gateway.cache.ahead import MOST, REMEMBERED
from gateway.cache.freshness import Windows
from gateway.core.events import FlightJoined, PageReadAhead
from gateway.provider.page import Origin
from tests.cache.cases import BROKEN, Case
from tests.cache.conftest import MakeReplica
from tests.cache.fakes import Events, ids, provider, request, stamped
from tests.support.loop import turns, until
from tests.support.redis_servers import RedisServer

LIMIT = 4


def reading(case: Case, limit: int = LIMIT) -> None:
    case.read_ahead = limit
    case.build()


def outcomes(events: Events) -> list[str]:
    return [event.outcome for event in events.of(PageReadAhead)]


async def settled(case: Case) -> None:
    await until(lambda: not case.cached._ahead._running)


async def test_a_page_that_was_read_ahead_is_served_from_the_cache(case: Case) -> None:
    reading(case)
    case.cached.read_ahead(request())
    await settled(case)
    assert (await case.cached(request(), case.deadline())).origin == Origin(tier="memory", age=0, ttl=30)
    assert (case.calls, outcomes(case.events)) == (1, ["used"])


async def test_who_asks_while_it_is_being_read_waits_for_that(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    case.cached.read_ahead(request())
    await case.inner.begun.wait()
    asking = asyncio.ensure_future(case.cached(request(), case.deadline()))
    await turns()
    case.inner.gate.set()
    assert (await asking).origin.collapsed
    assert (case.calls, outcomes(case.events)) == (1, ["used"])
    assert case.events.of(FlightJoined)


async def test_it_is_used_once_however_many_are_served(case: Case) -> None:
    reading(case)
    case.cached.read_ahead(request())
    await settled(case)
    for _ in range(3):
        await case.cached(request(), case.deadline())
    assert outcomes(case.events) == ["used"]


async def test_one_that_nobody_asked_for_is_counted_once_it_may_not_be_served(case: Case) -> None:
    reading(case)
    case.cached.read_ahead(request(token=1))
    await settled(case)
    case.clock.advance(60)
    case.cached.read_ahead(request(token=2))
    await settled(case)
    assert outcomes(case.events) == ["unused"]


async def test_one_that_fails_harms_nobody(case: Case) -> None:
    reading(case)
    case.script(BROKEN, stamped(case.clock, "first"))
    case.cached.read_ahead(request())
    await settled(case)
    assert ids(await case.cached(request(), case.deadline())) == ["first"]
    assert outcomes(case.events) == ["failed"]


async def test_a_page_that_is_here_is_not_read_again(case: Case) -> None:
    reading(case)
    await case.cached(request(), case.deadline())
    case.cached.read_ahead(request())
    await settled(case)
    assert (case.calls, outcomes(case.events)) == (1, [])


async def test_a_page_that_is_being_fetched_for_somebody_is_not_fetched_twice(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    asking = asyncio.ensure_future(case.cached(request(), case.deadline()))
    await case.inner.begun.wait()
    case.cached.read_ahead(request())
    await turns()
    case.inner.gate.set()
    await asking
    await settled(case)
    assert (case.calls, outcomes(case.events)) == (1, [])


async def test_so_many_of_one_provider_at_once_and_no_more(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    for token in range(LIMIT + 2):
        case.cached.read_ahead(request(token=token))
    case.cached.read_ahead(request(of=provider(name="other")))
    await turns()
    assert (case.calls, outcomes(case.events)) == (LIMIT + 1, ["refused"] * 2)
    case.inner.gate.set()
    await settled(case)
    case.cached.read_ahead(request(token=LIMIT))
    await settled(case)
    assert case.calls == LIMIT + 2


async def test_so_many_of_all_providers_at_once_and_no_more(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    for number in range(MOST + 1):
        case.cached.read_ahead(request(of=provider(name=f"p{number}")))
    await turns()
    assert (case.calls, outcomes(case.events)) == (MOST, ["refused"])


async def test_no_more_of_them_are_remembered_than_must_be(case: Case) -> None:
    reading(case)
    for token in range(REMEMBERED + 10):
        case.cached.read_ahead(request(token=token))
        await settled(case)
    assert outcomes(case.events) == ["unused"] * 10


async def test_the_same_page_is_read_once_at_a_time(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    for _ in range(10):
        case.cached.read_ahead(request())
    await turns()
    assert (case.calls, outcomes(case.events)) == (1, [])


async def test_with_a_limit_of_nothing_nothing_is_read_ahead(case: Case) -> None:
    reading(case, 0)
    case.cached.read_ahead(request())
    await turns()
    assert (case.calls, case.events) == (0, [])


async def test_nothing_is_read_ahead_that_could_not_be_served(case: Case) -> None:
    reading(case)
    for windows in (Windows(0, 0, 0), Windows(0, 0, 600)):
        case.windows = lambda _, of=windows: of  # type: ignore[misc]
        case.cached.read_ahead(request())
    case.windows = lambda _: Windows(30, 30, 600)
    case.memory.capacity = 0
    case.cached.read_ahead(request())
    await turns()
    assert (case.calls, case.events) == (0, [])


async def test_closing_ends_it(case: Case) -> None:
    reading(case)
    case.inner.gate.clear()
    case.cached.read_ahead(request())
    await case.inner.begun.wait()
    case.cached.read_ahead(request(token=1))  # is not even begun
    await case.cached.aclose()
    assert case.inner.cancelled == 1
    assert not case.cached._ahead._running


async def test_a_page_that_redis_has_is_brought_here_without_asking(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    await one.get()
    await one.written()
    other.cached.read_ahead(request())
    await until(lambda: not other.cached._ahead._running)
    assert (await other.get()).origin.tier == "memory"
    assert (other.calls, outcomes(events)) == (0, [])


async def test_what_one_replica_reads_ahead_serves_the_others(make_replica: MakeReplica, redis: RedisServer) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    one.inner.gate.clear()
    one.cached.read_ahead(request())
    await one.inner.begun.wait()
    asking = asyncio.ensure_future(other.get())
    await until(lambda: bool(other.pauses.taken))
    one.inner.gate.set()
    assert (await asking).origin.tier == "redis"
    assert (one.calls, other.calls) == (1, 0)
