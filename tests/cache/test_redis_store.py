import pytest
from pydantic import SecretStr

from gateway.cache.redis_store import RedisStore, RedisUnavailable
from gateway.core.events import RedisFailed
from tests.cache.conftest import MakeStore
from tests.cache.fakes import Events, ManualClock
from tests.cache.tcp import Proxy
from tests.support.redis_servers import RedisServer


async def test_what_was_set_is_got(make_store: MakeStore, redis: RedisServer, events: Events) -> None:
    store = make_store(redis.url)
    await store.set("page:k", b"\xff\x00 bytes", 60)
    assert await store.get("page:k") == b"\xff\x00 bytes"
    assert await store.get("page:other") is None
    assert not events


async def test_every_name_begins_with_the_prefix(make_store: MakeStore, redis: RedisServer) -> None:
    await make_store(redis.url).set("page:k", b"x", 60)
    assert redis.command("KEYS", "*") == [b"test:page:k"]


async def test_a_value_lives_as_long_as_was_asked_to_the_millisecond(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    await store.set("page:k", b"x", 1.5)
    assert 1000 < redis.command("PTTL", "test:page:k") <= 1500
    await store.set("page:shortest", b"x", 0.0001)
    assert redis.command("PTTL", "test:page:shortest") <= 1


async def test_what_was_deleted_is_gone(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    await store.set("page:k", b"x", 60)
    await store.delete("page:k")
    assert await store.get("page:k") is None


async def test_ping_is_silent_where_redis_answers(make_store: MakeStore, redis: RedisServer) -> None:
    await make_store(redis.url).ping()


async def test_purge_removes_every_name_of_its_kind_and_no_other(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    redis.command("MSET", *(word for number in range(1200) for word in (f"test:page:{number}", "x")))
    redis.command("MSET", "test:ticket:1", "x", "testing:page:1", "x", "other:page:1", "x", "test:page", "x")
    assert await store.purge("page") == 1200
    assert sorted(redis.command("KEYS", "*")) == [b"other:page:1", b"test:page", b"test:ticket:1", b"testing:page:1"]
    assert await store.purge("page") == 0


async def test_purge_says_so_where_redis_does_not_answer(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    own_server.stop()
    with pytest.raises(RedisUnavailable, match="Redis cannot be used: ConnectionError"):
        await make_store(own_server.url).purge("page")
    assert events == [RedisFailed("purge", "ConnectionError")]


def test_constructing_touches_no_network_and_needs_no_loop(clock: ManualClock, events: Events) -> None:
    url = SecretStr("redis://no-such-host.invalid:1/0")
    RedisStore(url=url, prefix="test", timeout=0.2, clock=clock, observe=events)


@pytest.mark.parametrize(
    "url", ["http://CANARY", "redis://h:CANARY/0", "redis://h/0?CANARY=1", "redis://h/0?db=CANARY", "rediss://h?port=C"]
)
def test_an_url_that_cannot_be_used_is_refused_without_repeating_it(
    url: str, clock: ManualClock, events: Events
) -> None:
    with pytest.raises(ValueError, match="the Redis URL") as refused:
        RedisStore(url=SecretStr(url), prefix="test", timeout=0.2, clock=clock, observe=events)
    assert "CANARY" not in str(refused.value)
    assert refused.value.__suppress_context__


async def test_the_password_and_the_place_are_in_no_repr_error_or_event(
    make_store: MakeStore, own_server: RedisServer, events: Events
) -> None:
    own_server.stop()
    store = make_store(f"redis://CANARY-user:CANARY-password@127.0.0.1:{own_server.port}/0")
    with pytest.raises(RedisUnavailable) as failed:
        await store.get("page:k")
    told = f"{store!r} {failed.value} {failed.value!r} {events}"
    assert "CANARY" not in told
    assert str(own_server.port) not in told


async def test_the_url_cannot_undo_how_long_we_wait(make_store: MakeStore, redis: RedisServer) -> None:
    settings = "socket_timeout=60&timeout=60&protocol=3&decode_responses=true&retry_on_timeout=true&max_connections=1"
    async with Proxy(redis.port) as proxy:
        store = make_store(f"{proxy.url}?{settings}", timeout=0.1)
        await store.set("page:k", b"\xff", 60)
        assert await store.get("page:k") == b"\xff"
        proxy.open.clear()
        with pytest.raises(RedisUnavailable):
            await store.get("page:k")
        await store.aclose()


async def test_a_database_other_than_the_first_is_used(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url.replace("/0", "/3"))
    await store.set("page:k", b"x", 60)
    assert await store.get("page:k") == b"x"
    assert redis.command("DBSIZE") == 0


async def test_closing_twice_is_harmless(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    await store.ping()
    await store.aclose()
    await store.aclose()
