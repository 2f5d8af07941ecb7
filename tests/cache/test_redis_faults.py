"""Redis absent, dead, hung, slow, full, lying: each operation ends in time, and says nothing but that it failed."""

import asyncio
import random
from collections.abc import Awaitable

import pytest

from gateway.cache.breaker import COOLDOWN, FAILURES
from gateway.cache.redis_store import RedisStore, RedisUnavailable
from gateway.core.events import RedisBreakerChanged, RedisFailed
from tests.cache.cases import all_ended
from tests.cache.conftest import MakeStore
from tests.cache.fakes import PROMPT, Events, ManualClock
from tests.cache.tcp import Proxy, answering
from tests.support.loop import turns
from tests.support.redis_servers import RedisServer

OPEN, CLOSED = RedisBreakerChanged(open=True), RedisBreakerChanged(open=False)


async def seconds_to_fail(operation: Awaitable[object]) -> float:
    """How long an operation took to fail."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(RedisUnavailable):
        await operation
    return loop.time() - begun


async def open_breaker(store: RedisStore) -> None:
    for _ in range(FAILURES):
        await seconds_to_fail(store.get("page:k"))


async def test_a_dead_redis_costs_next_to_nothing(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    store = make_store(own_server.url)
    await store.ping()
    own_server.stop()
    assert await seconds_to_fail(store.get("page:k")) < PROMPT
    assert events == [RedisFailed("get", "ConnectionError")]


async def test_after_some_failures_redis_is_left_alone_until_a_probe_is_answered(
    make_store: MakeStore, own_server: RedisServer, events: Events, clock: ManualClock
) -> None:
    store = make_store(own_server.url)
    own_server.stop()
    await open_breaker(store)
    own_server.start()
    await seconds_to_fail(store.get("page:k"))
    assert len(events.of(RedisFailed)) == FAILURES
    clock.advance(COOLDOWN)
    assert await store.get("page:k") is None
    assert events.of(RedisBreakerChanged) == [OPEN, CLOSED]


async def test_a_hung_redis_costs_the_time_limit_and_then_nothing(
    make_store: MakeStore, own_server: RedisServer, events: Events, clock: ManualClock
) -> None:
    store = make_store(own_server.url, timeout=0.1)
    await store.set("page:k", b"x", 60)
    own_server.pause()
    spent = [await seconds_to_fail(store.get("page:k")) for _ in range(FAILURES)]
    assert max(spent) < PROMPT
    assert sum([await seconds_to_fail(store.get("page:k")) for _ in range(100)]) < PROMPT
    own_server.resume()
    clock.advance(COOLDOWN)
    assert await store.get("page:k") == b"x"


async def test_a_hung_redis_costs_many_requests_at_once_the_time_limit_once(
    make_store: MakeStore, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url, timeout=0.1, size=4)
        proxy.open.clear()
        spent = await asyncio.gather(*(seconds_to_fail(store.get("page:k")) for _ in range(100)))
        assert max(spent) < PROMPT
        assert sum([await seconds_to_fail(store.get("page:k")) for _ in range(100)]) < PROMPT
        await store.aclose()


async def test_a_redis_that_only_pauses_its_clients_is_as_good_as_hung(
    make_store: MakeStore, own_server: RedisServer
) -> None:
    store = make_store(own_server.url, timeout=0.1)
    own_server.command("CLIENT", "PAUSE", "10000")
    assert await seconds_to_fail(store.get("page:k")) < PROMPT


async def test_a_redis_slower_than_the_limit_still_gets_connected(
    make_store: MakeStore, redis: RedisServer, clock: ManualClock
) -> None:
    """Choosing the database and the question need two round trips, of which one alone fits the limit."""
    async with Proxy(redis.port) as proxy:
        proxy.delay = 0.3
        store = make_store(proxy.url.replace("/0", "/1"), timeout=0.5)
        await seconds_to_fail(store.get("page:k"))
        await all_ended(store)
        proxy.delay = 0
        assert await store.get("page:k") is None
        assert proxy.connections == 1
        await store.aclose()


async def test_half_a_reply_is_a_failure_and_the_next_question_is_answered(
    make_store: MakeStore, redis: RedisServer
) -> None:
    redis.command("SET", "test:page:k", "x" * 1000)
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        await store.ping()
        proxy.cut = 100
        await seconds_to_fail(store.get("page:k"))
        proxy.cut = None
        assert await store.get("page:k") == b"x" * 1000
        await store.aclose()


async def test_a_connection_that_redis_closed_is_replaced_unnoticed(
    make_store: MakeStore, redis: RedisServer, events: Events
) -> None:
    store = make_store(redis.url)
    await store.set("page:k", b"x", 60)
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await turns()
    assert await store.get("page:k") == b"x"
    assert not events


async def test_a_full_redis_refuses_writes_and_is_still_read(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    store = make_store(own_server.url)
    await store.set("page:k", b"x", 60)
    own_server.command("CONFIG", "SET", "maxmemory", "1")
    for _ in range(3 * FAILURES):
        await seconds_to_fail(store.set("page:new", b"x", 60))
        assert await store.get("page:k") == b"x"
    assert events == [RedisFailed("set", "OutOfMemoryError")] * 3 * FAILURES


async def test_a_redis_under_pressure_forgets_and_that_is_a_miss(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    own_server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    own_server.command("CONFIG", "SET", "maxmemory", own_server.command("INFO")["used_memory"] + 400_000)
    store = make_store(own_server.url)
    for number in range(100):
        await store.set(f"page:{number}", str(number).encode() * 5000, 60)
    found = [await store.get(f"page:{number}") for number in range(100)]
    assert 0 < sum(each is not None for each in found) < 100
    assert all(each in {None, str(number).encode() * 5000} for number, each in enumerate(found))
    assert not events


async def test_a_demoted_redis_refuses_writes_and_is_still_read(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    store = make_store(own_server.url)
    await store.set("page:k", b"x", 60)
    own_server.command("REPLICAOF", "127.0.0.1", "1")
    await seconds_to_fail(store.set("page:k", b"y", 60))
    assert await store.get("page:k") == b"x"
    assert events == [RedisFailed("set", "ReadOnlyError")]


async def test_a_replica_without_its_primary_gives_nothing(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    own_server.command("CONFIG", "SET", "replica-serve-stale-data", "no")
    own_server.command("REPLICAOF", "127.0.0.1", "1")
    await seconds_to_fail(make_store(own_server.url).get("page:k"))
    assert events == [RedisFailed("get", "MasterDownError")]


async def test_a_wrong_password_is_a_failure_like_any_other(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    own_server.command("CONFIG", "SET", "requirepass", "right")
    store = make_store(f"redis://:wrong@127.0.0.1:{own_server.port}/0")
    await open_breaker(store)
    assert events.of(RedisFailed) == [RedisFailed("get", "AuthenticationError")] * FAILURES
    right = make_store(f"redis://:right@127.0.0.1:{own_server.port}/0")
    assert await right.get("page:k") is None


async def test_a_foreign_value_of_another_type_is_a_failure_of_its_name_alone(
    make_store: MakeStore, redis: RedisServer, events: Events
) -> None:
    redis.command("LPUSH", "test:page:k", "x")
    store = make_store(redis.url)
    await open_breaker(store)
    assert await store.get("page:other") is None
    assert events == [RedisFailed("get", "ResponseError")] * FAILURES
    await store.set("page:k", b"ours", 60)
    assert await store.get("page:k") == b"ours"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "BusyLoadingError"),
        (b"-MOVED 3999 127.0.0.1:6381\r\n", "MovedError"),
        (b"-CLUSTERDOWN The cluster is down\r\n", "ClusterDownError"),
        (b"-NOAUTH Authentication required.\r\n", "AuthenticationError"),
        (b"-NOPERM this user has no permissions\r\n", "NoPermissionError"),
        (b"-ERR max number of clients reached\r\n", "ConnectionError"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "InvalidResponse"),
        (b"$5\r\nab", "TimeoutError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_error_reply_is_a_failure(make_store: MakeStore, events: Events, reply: bytes, reason: str) -> None:
    async with answering(reply) as url:
        store = make_store(url, timeout=0.1)
        await seconds_to_fail(store.get("page:k"))
        assert events == [RedisFailed("get", reason)]
        await store.aclose()


@pytest.mark.parametrize("reply", [b":1\r\n", b"*1\r\n$1\r\nx\r\n", b"$-1\r\n"])
async def test_a_reply_that_is_no_text_is_no_value_and_confirms_nothing(make_store: MakeStore, reply: bytes) -> None:
    async with answering(reply) as url:
        store = make_store(url)
        assert await store.get("page:k") is None
        await seconds_to_fail(store.set("page:k", b"x", 60))
        await store.aclose()


async def test_where_every_connection_is_busy_nobody_waits_long(make_store: MakeStore, redis: RedisServer) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url, timeout=0.1, size=1)
        proxy.delay = 0.09
        spent = await asyncio.gather(*(_attempt(store) for _ in range(20)))
        assert max(spent) < PROMPT
        await store.aclose()


async def _attempt(store: RedisStore) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(store.get("page:k"), return_exceptions=True)
    return loop.time() - begun


async def test_a_thousand_callers_that_leave_midway_never_make_a_reply_reach_another(
    make_store: MakeStore, redis: RedisServer
) -> None:
    chance = random.Random(1)
    for number in range(50):
        redis.command("SET", f"test:page:{number}", str(number) * 100)
    async with Proxy(redis.port) as proxy:
        proxy.delay = 0.002
        store = make_store(proxy.url, size=8, timeout=10)
        for _ in range(10):
            await asyncio.gather(*(_read_and_leave(store, chance) for _ in range(100)))
        for number in range(50):
            assert await store.get(f"page:{number}") == str(number).encode() * 100
        await all_ended(store)
        assert proxy.connections <= 8
        await store.aclose()


async def _read_and_leave(store: RedisStore, chance: random.Random) -> None:
    number = chance.randrange(50)
    reading = asyncio.ensure_future(store.get(f"page:{number}"))
    asyncio.get_running_loop().call_later(chance.random() * 0.02, reading.cancel)
    await asyncio.wait({reading})
    assert reading.cancelled() or reading.exception() or reading.result() == str(number).encode() * 100
