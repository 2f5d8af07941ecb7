"""Which of several replicas asks the provider, and what the others do meanwhile."""

import asyncio

import pytest

from gateway.cache.freshness import Windows
from gateway.cache.leases import LEASE_SECONDS
from gateway.core.errors import UpstreamError
from gateway.core.events import PageLeased
from tests.cache.cases import BROKEN, Replica, entry, key, lease, looks
from tests.cache.conftest import MakeReplica
from tests.cache.fakes import Events, ManualClock, ids, page, provider, request, stamped
from tests.cache.tcp import Proxy, Trips
from tests.support.loop import turns, until
from tests.support.redis_servers import RedisServer


def outcomes(events: Events) -> list[str]:
    return [event.outcome for event in events.of(PageLeased)]


def hold(redis: RedisServer) -> None:
    """As a replica does that died right afterwards."""
    redis.command("SET", lease(), "somebody", "PX", 60_000)


async def begun(replica: Replica) -> asyncio.Task[object]:
    """A request whose fetch is under way and goes on once the gate of ``inner`` is opened."""
    replica.inner.gate.clear()
    asking = asyncio.ensure_future(replica.get())
    await replica.inner.begun.wait()
    return asking


async def test_the_others_wait_for_the_page_of_the_one_that_asks(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    first = await begun(one)
    waiting = [asyncio.ensure_future(other.get()) for _ in range(50)]
    await until(lambda: len(other.pauses.taken) > 3)
    one.inner.gate.set()
    found = await asyncio.gather(*waiting)
    await first
    assert {ids(each)[0] for each in found} == {"a/None"}
    assert {each.origin.tier for each in found} == {"redis"}
    assert (one.calls, other.calls, outcomes(events)) == (1, 0, ["taken", "served"])


async def test_where_the_holder_fails_the_next_goes(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    one.inner.steps = [BROKEN]
    first = await begun(one)
    waiting = asyncio.ensure_future(other.get())
    await until(lambda: bool(other.pauses.taken))
    one.inner.gate.set()
    with pytest.raises(UpstreamError):
        await first
    assert ids(await waiting) == ["a/None"]
    assert outcomes(events) == ["taken", "inherited"]


async def test_where_the_holders_clients_leave_the_next_goes(make_replica: MakeReplica, redis: RedisServer) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    first = await begun(one)
    waiting = asyncio.ensure_future(other.get())
    await until(lambda: bool(other.pauses.taken))
    first.cancel()
    assert ids(await waiting) == ["a/None"]


async def test_a_holder_that_died_costs_no_more_than_the_life_of_a_lease(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock, events: Events
) -> None:
    hold(redis)
    replica = make_replica(redis.url)
    before = clock.monotonic()
    assert ids(await replica.get()) == ["a/None"]
    assert LEASE_SECONDS <= clock.monotonic() - before < LEASE_SECONDS + 0.2
    assert outcomes(events) == ["outwaited"]


async def test_nobody_waits_longer_than_half_of_its_time(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    hold(redis)
    replica = make_replica(redis.url)
    replica.pauses.gate.clear()
    assert ids(await replica.get(seconds=0.2)) == ["a/None"]
    assert outcomes(events) == ["outwaited"]
    replica.pauses.gate.set()


async def test_an_old_page_stands_in_where_the_holder_died_and_the_provider_fails(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    hold(redis)
    redis.command("SET", key(), entry(page("old", fetched_at=clock.now() - 100)))
    replica = make_replica(redis.url, capacity=0)
    replica.inner.steps = [BROKEN]
    found = await replica.get()
    assert (ids(found), found.origin.stale) == (["old"], True)


async def test_a_redis_that_dies_while_somebody_waits_is_no_error(
    make_replica: MakeReplica, own_server: RedisServer
) -> None:
    replica = make_replica(own_server.url)
    hold(own_server)
    waiting = asyncio.ensure_future(replica.get())
    await until(lambda: bool(replica.pauses.taken))
    own_server.stop()
    assert ids(await waiting) == ["a/None"]


async def test_where_scripts_are_forbidden_pages_are_read_and_fetched_all_the_same(
    make_replica: MakeReplica, own_server: RedisServer
) -> None:
    own_server.command("ACL", "SETUSER", "default", "-@scripting")
    one, other = make_replica(own_server.url), make_replica(own_server.url)
    await one.get()
    await one.written()
    assert (await other.get()).origin.tier == "redis"


async def test_who_holds_the_lease_gives_it_back_with_the_page(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    replica = make_replica(redis.url)
    first = await begun(replica)
    assert redis.command("EXISTS", lease()) == 1
    replica.inner.gate.set()
    await first
    await replica.written()
    assert [redis.command("EXISTS", name) for name in (lease(), key())] == [0, 1]


async def test_a_page_that_will_do_leaves_no_lease(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock
) -> None:
    one, other = make_replica(redis.url), make_replica(redis.url)
    await one.get()
    await one.written()
    assert (await other.get()).origin.tier == "redis"
    assert redis.command("EXISTS", lease()) == 0


async def test_where_nothing_could_be_kept_there_is_no_lease(make_replica: MakeReplica, redis: RedisServer) -> None:
    replica = make_replica(redis.url)
    replica.windows = Windows(0, 0, 0)
    first = await begun(replica)
    assert redis.command("DBSIZE") == 0
    replica.inner.gate.set()
    await first


async def test_a_request_past_the_cache_neither_takes_a_lease_nor_waits_for_one(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    hold(redis)
    replica = make_replica(redis.url)
    assert (await replica.get(request(max_age=0))).origin.forwarded == "request"
    assert not replica.pauses.taken
    assert not outcomes(events)


async def test_what_is_fetched_here_meanwhile_ends_the_wait(make_replica: MakeReplica, redis: RedisServer) -> None:
    hold(redis)
    replica = make_replica(redis.url)
    waiting = asyncio.ensure_future(replica.get())
    await until(lambda: bool(replica.pauses.taken))
    await replica.get(request(max_age=0))
    assert ids(await waiting) == ["a/None"]
    assert replica.calls == 1


async def test_a_request_that_finds_the_page_being_fetched_here_waits_for_that(
    make_replica: MakeReplica, redis: RedisServer, events: Events
) -> None:
    hold(redis)
    replica = make_replica(redis.url)
    replica.inner.gate.clear()
    first = asyncio.ensure_future(replica.get(request(max_age=0)))
    await replica.inner.begun.wait()
    second = asyncio.ensure_future(replica.get())
    await until(lambda: looks(events) == ["miss"])
    await turns()
    replica.inner.gate.set()
    await asyncio.gather(first, second)
    assert not replica.pauses.taken


async def test_one_replica_renews_for_all(
    make_replica: MakeReplica, redis: RedisServer, clock: ManualClock, events: Events
) -> None:
    replicas = [make_replica(redis.url) for _ in range(3)]
    await replicas[0].get()
    await replicas[0].written()
    for replica in replicas:
        await replica.get()
        replica.inner.steps = [stamped(clock, "renewed")]
    clock.advance(40)
    redis.command("PEXPIRE", key(), 590_000)  # time passes there as well
    for replica in replicas:
        assert (await replica.get()).origin.age == 40
    await until(lambda: not any(len(replica.cached._renewals) for replica in replicas))
    assert sum(replica.calls for replica in replicas) == 2
    assert {ids(await replica.get())[0] for replica in replicas} == {"renewed"}


async def test_a_cold_page_of_three_providers_is_one_round_trip_to_look_and_one_to_write(
    make_replica: MakeReplica, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        trips, replica = Trips(proxy), make_replica(proxy.url)
        await asyncio.gather(*(replica.get(request(of=provider(name=name))) for name in ("one", "two", "three")))
        await replica.written(3)
        assert len(trips.sent) == 2
        await replica.cached.aclose()
