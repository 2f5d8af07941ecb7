"""A page at hand is asked for on condition that it has changed."""

import asyncio

import pytest
from msgspec.structs import replace

from gateway.core.errors import UpstreamError
from gateway.core.events import CacheStored
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Origin, Page
from gateway.provider.validator import Validator
from tests.cache.cases import BROKEN, Case, entry, key
from tests.cache.conftest import MakeReplica
from tests.cache.fakes import ManualClock, ids, page, request
from tests.support.loop import until
from tests.support.redis_servers import RedisServer

VALIDATOR = Validator("if-none-match", '"1"')


class Unchanging:
    """A provider whose page stays as it is, and which says so where it is asked."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.asked: list[bool] = []

    def __call__(self, asked: PageRequest) -> Page:
        self.asked.append(asked.known is not None)
        if asked.known:
            return replace(asked.known, fetched_at=self.clock.now(), origin=Origin(status=304))
        return page("first", fetched_at=self.clock.now(), validator=VALIDATOR)


@pytest.fixture
def provider(case: Case) -> Unchanging:
    provider = Unchanging(case.clock)
    case.script(provider)
    return provider


async def test_a_page_that_is_too_old_is_kept_on_where_it_has_not_changed(case: Case, provider: Unchanging) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    found = await case.cached(request(), case.deadline())
    assert (ids(found), provider.asked) == (["first"], [False, True])
    assert found.origin == Origin(tier="upstream", age=0, ttl=30, stored=True, forwarded="stale", status=304)
    assert (await case.cached(request(), case.deadline())).origin == Origin(tier="memory", age=0, ttl=30)


async def test_a_renewal_asks_on_condition(case: Case, provider: Unchanging) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    await case.cached(request(), case.deadline())
    await until(lambda: len(case.events.of(CacheStored)) == 2)
    assert provider.asked == [False, True]
    assert (await case.cached(request(), case.deadline())).origin.age == 0


async def test_the_validator_lives_on(case: Case, provider: Unchanging) -> None:
    for _ in range(3):
        await case.cached(request(), case.deadline())
        case.clock.advance(100)
    assert provider.asked == [False, True, True]


async def test_a_page_that_nothing_is_known_of_is_asked_for_without_condition(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    await case.cached(request(), case.deadline())
    assert [asked.known for asked, _ in case.inner.calls] == [None, None]


async def test_a_request_past_the_cache_is_made_without_condition(case: Case, provider: Unchanging) -> None:
    await case.cached(request(), case.deadline())
    await case.cached(request(max_age=0), case.deadline())
    assert provider.asked == [False, False]


async def test_a_page_that_is_not_kept_any_more_is_not_asked_about(case: Case, provider: Unchanging) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(630)
    await case.cached(request(), case.deadline())
    assert provider.asked == [False, False]


async def test_a_page_that_another_replica_fetched_is_asked_about(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    replica = make_replica(redis.url, capacity=0)
    provider = Unchanging(clock)
    replica.inner.steps = [provider]
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now() - 100, validator=VALIDATOR)))
    assert ids(await replica.get()) == ["old"]
    await replica.written()
    assert redis.command("GET", key()) == entry(page("old", fetched_at=clock.now(), validator=VALIDATOR))
    assert provider.asked == [True]


async def test_an_answer_that_makes_no_sense_is_a_failure_like_any_other(case: Case, provider: Unchanging) -> None:
    case.script(provider, BROKEN)
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    assert (await case.cached(request(), case.deadline())).origin.stale
    case.clock.advance(600)
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())


async def test_whoever_shares_a_fetch_shares_what_became_of_it(case: Case, provider: Unchanging) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    found = await asyncio.gather(*(case.cached(request(), case.deadline()) for _ in range(3)))
    assert [each.origin.status for each in found] == [304] * 3
    assert provider.asked == [False, True]
