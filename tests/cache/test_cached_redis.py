"""``Cached`` with both tiers."""

import asyncio

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import CacheLookedUp, CacheStored
from gateway.provider.page import Origin
from tests.cache.cases import BROKEN, entry, key, looks
from tests.cache.conftest import MakeReplica
from tests.cache.fakes import Events, ManualClock, ids, page, request
from tests.cache.tcp import Proxy
from tests.support.loop import turns, until
from tests.support.redis_servers import RedisServer


async def test_a_page_that_one_replica_fetched_serves_the_other(make_replica: MakeReplica, redis: RedisServer) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    assert (await one.get()).origin.stored
    await one.written()
    one.clock.advance(10)
    found = await other.get()
    assert (ids(found), other.calls) == (["a/None"], 0)
    assert found.origin == Origin(tier="redis", age=10, ttl=20)
    assert (await other.get()).origin.tier == "memory"


async def test_a_page_is_kept_in_redis_for_as_long_as_it_is_worth(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    replica = make_replica(redis.url)
    await replica.get()
    await replica.written()
    assert 620_000 < redis.command("PTTL", key()) <= 630_000


async def test_nobody_waits_for_the_write(make_replica: MakeReplica, redis: RedisServer, events: Events) -> None:
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url)
        replica.inner.gate.clear()
        asking = asyncio.create_task(replica.get())
        await replica.inner.begun.wait()
        proxy.open.clear()
        replica.inner.gate.set()
        await asking
        assert not [event for event in events.of(CacheStored) if event.tier == "redis"]
        proxy.open.set()
        await replica.written()
        await replica.cached.aclose()


async def test_without_memory_redis_serves_alone(make_replica: MakeReplica, redis: RedisServer) -> None:
    replica = make_replica(redis.url, capacity=0)
    assert (await replica.get()).origin.stored
    await replica.written()
    assert (await replica.get()).origin.tier == "redis"
    replica.clock.advance(100)
    replica.inner.steps = [BROKEN]
    assert (await replica.get()).origin == Origin(tier="redis", age=100, ttl=-70, stale=True, forwarded="stale")


async def test_a_flood_on_three_replicas_makes_one_fetch(make_replica: MakeReplica, redis: RedisServer) -> None:
    replicas = [make_replica(redis.url) for _ in range(3)]
    found = await asyncio.gather(*(replicas[number % 3].get() for number in range(900)))
    assert {ids(each)[0] for each in found} == {"a/None"}
    assert sorted(replica.calls for replica in replicas) == [0, 0, 1]


async def test_a_flood_looks_into_redis_once(make_replica: MakeReplica, redis: RedisServer, events: Events) -> None:
    replica = make_replica(redis.url)
    await asyncio.gather(*(replica.get() for _ in range(100)))
    assert looks(events) == ["miss"]


async def test_a_renewal_takes_what_another_replica_has_renewed_already(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    await one.get()
    await one.written()
    one.clock.advance(40)
    await other.get(request(max_age=0))
    await one.written(2)
    assert (await one.get()).origin.age == 40
    await turns(200)
    await until(lambda: not len(one.cached._renewals))
    assert (await one.get()).origin == Origin(tier="memory", age=0, ttl=30)
    assert one.calls == 1


async def test_a_page_from_redis_past_fresh_is_served_and_renewed_behind(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    replica = make_replica(redis.url)
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now() - 40)))
    found = await replica.get()
    assert (ids(found), found.origin) == (["old"], Origin(tier="redis", age=40, ttl=-10))
    await replica.written()
    assert (await replica.get()).origin.age == 0


async def test_an_old_page_from_redis_is_served_where_the_provider_fails_or_is_late(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now() - 100)))
    failing, late = make_replica(redis.url), make_replica(redis.url)
    failing.inner.steps = [BROKEN]
    late.inner.gate.clear()
    expected = Origin(tier="redis", age=100, ttl=-70, stale=True, forwarded="stale")
    assert (await failing.get()).origin == expected
    assert (await late.get(seconds=0.1)).origin == expected


async def test_where_access_may_be_withdrawn_the_page_is_removed_from_redis_too(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now() - 100)))
    replica = make_replica(redis.url)
    replica.inner.steps = [UpstreamError(FailureCode.FORBIDDEN, "no")]
    with pytest.raises(UpstreamError):
        await replica.get()
    await replica.cached.aclose()
    assert redis.command("EXISTS", key()) == 0


async def test_max_age_zero_does_not_look_into_redis(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock, events: Events
) -> None:
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now())))
    assert (await make_replica(redis.url).get(request(max_age=0))).origin.forwarded == "request"
    assert not events.of(CacheLookedUp)


async def test_max_age_takes_a_younger_page_from_redis(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    replica = make_replica(redis.url)
    await replica.get()
    await replica.written()
    clock.advance(20)
    redis.command("SET", key(), entry(page("younger", fetched_at=clock.now() - 5)))
    assert ids(await replica.get()) == ["a/None"]
    assert ids(await replica.get(request(max_age=10))) == ["younger"]
    assert ids(await replica.get()) == ["younger"]


async def test_an_older_page_in_redis_does_not_replace_a_newer_one_in_memory(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    replica = make_replica(redis.url)
    await replica.get()
    await replica.written()
    redis.command("SET", key(), entry(page("older", fetched_at=clock.now() - 5)))
    clock.advance(20)
    replica.inner.steps = [BROKEN]
    with pytest.raises(UpstreamError):
        await replica.get(request(max_age=10))
    assert ids(await replica.get()) == ["a/None"]


async def test_what_was_fetched_while_redis_was_asked_is_not_fetched_again(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url)
        proxy.open.clear()
        asking = asyncio.create_task(replica.get())
        await turns()
        await replica.get(request(max_age=0))
        proxy.open.set()
        assert (await asking).origin.tier != "upstream"  # Redis may have it by now as well
        assert replica.calls == 1
        await replica.cached.aclose()
