"""Every way in which Redis can disappoint ``Cached``; none of them fails a request."""

import asyncio

import pytest

from gateway.cache.breaker import COOLDOWN, FAILURES
from gateway.cache.entry import MAX_ENTRY
from gateway.core.events import CacheStored, RedisFailed
from gateway.provider.page import Origin
from tests.cache.cases import entry, key, looks
from tests.cache.conftest import MakeReplica
from tests.cache.fakes import PROMPT, Events, ManualClock, ids, page, request, stamped
from tests.cache.tcp import Proxy
from tests.support.loop import turns, until
from tests.support.redis_servers import RedisServer


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[1]",
        entry(page("x"))[:-10],
        entry(page("x")).replace(b'"v":2', b'"v":1'),
        entry(page("of another tenant"), request(tenant="b")),
        entry(page("of another key"), request(token=10)),
    ],
    ids=["empty", "text", "binary", "json", "truncated", "version", "tenant", "key"],
)
async def test_an_entry_that_is_not_ours_is_a_miss_and_is_written_over(
    make_replica: MakeReplica, redis: RedisServer, events: Events, found: bytes
) -> None:
    redis.command("SET", key(), found)
    replica = make_replica(redis.url)
    assert ids(await replica.get()) == ["a/None"]
    assert looks(events) == ["corrupt"]
    await replica.written()
    assert redis.command("GET", key()) == entry(page("a/None"))


async def test_an_entry_from_the_future_is_a_miss(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock, events: Events
) -> None:
    redis.command("SET", key(), entry(page("x", fetched_at=clock.now() + 3600)))
    found = await make_replica(redis.url).get()
    assert (ids(found), found.origin.forwarded) == (["a/None"], "uri-miss")
    assert looks(events) == ["miss"]


async def test_a_redis_that_answers_for_another_key_is_not_believed(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    mine, theirs = request(), request(tenant="b")
    redis.command("SET", key(theirs), entry(page("CANARY"), theirs))
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url)
        proxy.twist = lambda asked: asked.replace(mine.key().encode(), theirs.key().encode())
        assert ids(await replica.get(mine)) == ["a/None"]
        assert looks(events) == ["corrupt"]
        await replica.cached.aclose()


async def test_after_a_flush_pages_are_fetched_again(make_replica: MakeReplica, redis: RedisServer) -> None:
    replica = make_replica(redis.url, capacity=0)
    await replica.get()
    await replica.written()
    redis.command("FLUSHALL")
    assert (await replica.get()).origin.forwarded == "uri-miss"
    await replica.written(2)
    assert (await replica.get()).origin.tier == "redis"


async def test_redis_may_be_absent_from_the_start(
    make_replica: MakeReplica, own_server: RedisServer, events: Events, clock: ManualClock
) -> None:
    own_server.stop()
    replica = make_replica(own_server.url)
    for token in range(5):
        assert ids(await replica.get(request(token=token))) == [f"a/{token}"]
    assert (await replica.get(request(token=0))).origin.tier == "memory"
    await replica.written(5)
    assert set(looks(events)) == {"error"}
    own_server.start()
    clock.advance(COOLDOWN)
    await replica.get(request(token=100))
    await replica.written(6)
    assert own_server.command("EXISTS", key(request(token=100))) == 1


async def test_redis_may_die_while_pages_are_served(make_replica: MakeReplica, own_server: RedisServer) -> None:
    replica = make_replica(own_server.url, capacity=0)
    await replica.get()
    await replica.written()
    own_server.stop()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for _ in range(10):
        assert ids(await replica.get()) == ["a/None"]
    assert loop.time() - begun < PROMPT


async def test_a_hung_redis_costs_the_time_limit_until_it_is_left_alone(
    make_replica: MakeReplica, own_server: RedisServer, events: Events
) -> None:
    replica = make_replica(own_server.url, timeout=0.2)
    await replica.get(request(token=0))
    await replica.written()
    own_server.pause()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for token in range(1, 50):
        assert ids(await replica.get(request(token=token))) == [f"a/{token}"]
    assert loop.time() - begun < PROMPT
    assert FAILURES <= len(events.of(RedisFailed)) <= FAILURES + 2  # writes that were already under way
    own_server.resume()


async def test_a_fan_out_waits_for_a_hung_redis_once(
    make_replica: MakeReplica, own_server: RedisServer, events: Events
) -> None:
    replica = make_replica(own_server.url, timeout=0.2)
    own_server.pause()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(replica.get(request(token=token)) for token in range(FAILURES)))
    await asyncio.gather(*(replica.get(request(token=token)) for token in range(10, 40)))
    assert loop.time() - begun < PROMPT
    assert events.of(RedisFailed) == [RedisFailed("get", "TimeoutError")] * FAILURES
    own_server.resume()


async def test_a_deadline_shorter_than_a_hung_redis_is_kept_and_the_fetch_is_begun(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        proxy.open.clear()
        replica = make_replica(proxy.url)
        replica.inner.gate.clear()
        with pytest.raises(TimeoutError):
            await replica.get(seconds=0.02)
        await replica.inner.begun.wait()
        replica.inner.gate.set()
        await until(lambda: CacheStored("memory", "stored") in replica.events)
        assert (await replica.get()).origin.tier == "memory"
        await replica.cached.aclose()


async def test_an_old_page_in_memory_is_served_where_both_redis_and_the_provider_are_late(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url)
        await replica.get()
        await replica.written()
        clock.advance(100)
        proxy.open.clear()
        replica.inner.gate.clear()
        found = await replica.get(seconds=0.02)
        assert found.origin == Origin(tier="memory", age=100, ttl=-70, stale=True, forwarded="stale")
        await replica.cached.aclose()


async def test_a_full_redis_is_read_and_memory_still_written(
    make_replica: MakeReplica, own_server: RedisServer, events: Events
) -> None:
    one, other = make_replica(own_server.url), make_replica(own_server.url)
    await one.get()
    await one.written()
    own_server.command("CONFIG", "SET", "maxmemory", "1")
    for token in range(5):
        await one.get(request(token=token))
    await one.written(6)
    assert sorted(event.operation for event in events.of(RedisFailed)) == ["set"] * 5 + ["take"] * 5
    assert (await other.get()).origin.tier == "redis"


async def test_a_client_that_leaves_while_redis_is_asked_ends_the_fetch_and_harms_nobody(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url, timeout=5)
        await replica.get(request(token=1))
        proxy.open.clear()
        leaving = asyncio.create_task(replica.get())
        await turns()
        leaving.cancel()
        await asyncio.wait({leaving})
        proxy.open.set()
        assert leaving.cancelled()
        assert ids(await replica.get()) == ["a/None"]
        assert ids(await replica.get(request(token=1))) == ["a/1"]
        await replica.cached.aclose()
        await replica.written(2)


@pytest.mark.parametrize("length", [5_000_000, MAX_ENTRY])
async def test_a_page_too_long_for_redis_removes_the_older_one_there(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock, length: int
) -> None:
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now())))
    replica = make_replica(redis.url, capacity=10**9)
    replica.inner.steps = [stamped(clock, "x" * length)]
    assert (await replica.get(request(max_age=0))).origin.stored is (length < MAX_ENTRY), (
        "memory takes what Redis cannot"
    )
    await replica.cached.aclose()
    assert redis.command("EXISTS", key()) == 0


async def test_more_writes_than_may_be_under_way_are_left_out(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    async with Proxy(redis.port) as proxy:
        replica = make_replica(proxy.url, timeout=1)
        proxy.open.clear()
        asked = [request(token=token, max_age=0) for token in range(100)]
        found = await asyncio.gather(*(replica.get(each) for each in asked))
        assert all(each.origin.stored for each in found)
        assert events.of(CacheStored).count(CacheStored("redis", "error")) == 100 - 64
        proxy.open.set()
        await replica.cached.aclose()
