"""What is asked of Redis at once goes out at once, and each command still has its own reply."""

import asyncio

import pytest

from gateway.cache.pipeline import LINGER, MAX_BYTES, MAX_COMMANDS, MAX_SILENCE
from gateway.cache.redis_store import RedisUnavailable
from gateway.core.events import RedisFailed
from tests.cache.cases import all_ended
from tests.cache.conftest import MakeStore
from tests.cache.fakes import Events, ManualClock
from tests.cache.tcp import Proxy, Trips
from tests.support.loop import turns
from tests.support.redis_servers import RedisServer


async def outcomes(*operations: "asyncio.Future[bytes | None]") -> list[bytes | str | None]:
    found = await asyncio.gather(*operations, return_exceptions=True)
    return [each.reason if isinstance(each, RedisUnavailable) else each for each in found]  # type: ignore[misc]


async def test_what_is_asked_in_one_turn_is_one_round_trip(make_store: MakeStore, redis: RedisServer) -> None:
    async with Proxy(redis.port) as proxy:
        store, trips = make_store(proxy.url), Trips(proxy)
        await asyncio.gather(*(store.set(f"page:{number}", b"%d" % number, 60) for number in range(20)))
        found = await asyncio.gather(*(store.get(f"page:{number}") for number in range(20)))
        assert found == [b"%d" % number for number in range(20)]
        assert (len(trips.sent), proxy.connections) == (2, 1)
        await store.aclose()


async def test_what_is_asked_while_another_waits_does_not_wait_for_it(
    make_store: MakeStore, redis: RedisServer
) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        await store.ping()
        proxy.open.clear()
        asking = asyncio.ensure_future(store.get("page:1"))
        await turns()
        other = asyncio.ensure_future(store.get("page:2"))
        await turns()
        proxy.open.set()
        assert await outcomes(asking, other) == [None, None]
        assert proxy.connections == 2
        await store.aclose()


async def test_an_error_reply_to_one_command_is_no_error_of_the_others(
    make_store: MakeStore, redis: RedisServer, events: Events
) -> None:
    redis.command("LPUSH", "test:page:list", "x")
    redis.command("SET", "test:page:text", "x")
    store = make_store(redis.url)
    asked = [asyncio.ensure_future(store.get(f"page:{name}")) for name in ("text", "list", "text")]
    assert await outcomes(*asked) == [b"x", "ResponseError", b"x"]
    assert events == [RedisFailed("get", "ResponseError")]


async def test_replies_that_came_before_a_connection_broke_count(make_store: MakeStore, redis: RedisServer) -> None:
    redis.command("SET", "test:page:k", "x" * 100)
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        proxy.cut = 150
        asked = [asyncio.ensure_future(store.get("page:k")) for _ in range(3)]
        assert await outcomes(*asked) == [b"x" * 100, "ConnectionError", "ConnectionError"]
        proxy.cut = None
        assert await store.get("page:k") == b"x" * 100
        await store.aclose()


async def test_a_caller_that_leaves_takes_nobody_with_it(make_store: MakeStore, redis: RedisServer) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        proxy.open.clear()
        asked = [asyncio.ensure_future(store.get("page:k")) for _ in range(3)]
        await turns()
        asked[1].cancel()
        proxy.open.set()
        assert await outcomes(asked[0], asked[2]) == [None, None]
        assert await store.get("page:k") is None
        assert proxy.connections == 1
        await store.aclose()


async def test_a_write_whose_caller_has_left_is_done_all_the_same(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    writing = asyncio.ensure_future(store.set("page:k", b"x", 60))
    await turns(1)
    writing.cancel()
    await store.aclose()
    assert redis.command("GET", "test:page:k") == b"x"


@pytest.mark.parametrize(
    ("count", "length"), [(MAX_COMMANDS + 1, 1), (2, MAX_BYTES)], ids=["many commands", "many bytes"]
)
async def test_what_is_too_much_for_one_round_trip_goes_out_beside_it(
    make_store: MakeStore, redis: RedisServer, count: int, length: int
) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        await asyncio.gather(*(store.set(f"page:{number}", b"x" * length, 60) for number in range(count)))
        assert proxy.connections == 2
        await store.aclose()


async def test_a_connection_that_was_silent_for_long_is_replaced(
    make_store: MakeStore, redis: RedisServer, clock: ManualClock
) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        for silence in (0, MAX_SILENCE - 1, MAX_SILENCE):
            clock.advance(silence)
            await store.ping()
        assert proxy.connections == 2
        await store.aclose()


async def test_a_connection_that_holds_what_nobody_asked_for_is_replaced(
    make_store: MakeStore, redis: RedisServer
) -> None:
    redis.command("SET", "test:page:k", "x")
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url)
        proxy.twist = lambda asked: asked + b"*1\r\n$4\r\nPING\r\n"
        await store.ping()
        proxy.twist = bytes
        await turns(200)
        assert await store.get("page:k") == b"x"
        await store.aclose()


async def test_what_nobody_waits_for_any_more_is_given_up_in_the_end(make_store: MakeStore, redis: RedisServer) -> None:
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url, timeout=0.05)
        proxy.open.clear()
        with pytest.raises(RedisUnavailable):
            await store.get("page:k")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await store.aclose()
        assert 0 < loop.time() - begun < 20 * LINGER * 0.05


async def test_a_reply_that_comes_too_late_reaches_nobody(make_store: MakeStore, redis: RedisServer) -> None:
    redis.command("SET", "test:page:old", "old")
    redis.command("SET", "test:page:new", "new")
    async with Proxy(redis.port) as proxy:
        store = make_store(proxy.url, timeout=0.2)
        await store.ping()
        proxy.delay = 0.3
        with pytest.raises(RedisUnavailable):
            await store.get("page:old")
        proxy.delay = 0
        await all_ended(store)
        assert await store.get("page:new") == b"new"
        assert proxy.connections == 1
        await store.aclose()
