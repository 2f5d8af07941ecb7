import pytest
from hypothesis import given, strategies as st

from gateway.cache.breaker import FAILURES
from gateway.cache.tickets import RedisTickets, name_of
from gateway.core.errors import CursorStoreUnavailable
from tests.cache.conftest import MakeStore
from tests.cache.tcp import answering
from tests.support.redis_servers import RedisServer

STATE = b"\x00" * 5000


async def test_a_state_is_got_by_its_digest(make_store: MakeStore, redis: RedisServer) -> None:
    tickets = RedisTickets(redis=make_store(redis.url))
    digest = await tickets.put("a", STATE, 60)
    assert digest is not None
    assert len(digest) == 16
    assert await tickets.get("a", digest) == STATE


async def test_equal_states_have_equal_tickets_and_other_tenants_other_ones(
    make_store: MakeStore, redis: RedisServer
) -> None:
    tickets = RedisTickets(redis=make_store(redis.url))
    first, again, other = [await tickets.put(tenant, STATE, 60) for tenant in "aab"]
    assert first == again != other
    assert len(redis.command("KEYS", "test:ticket:*")) == 2


async def test_a_digest_means_nothing_to_another_tenant(make_store: MakeStore, redis: RedisServer) -> None:
    tickets = RedisTickets(redis=make_store(redis.url))
    digest = await tickets.put("a", STATE, 60)
    assert digest is not None
    assert await tickets.get("b", digest) is None


async def test_a_ticket_lives_as_long_as_was_asked(make_store: MakeStore, redis: RedisServer) -> None:
    digest = await RedisTickets(redis=make_store(redis.url)).put("a", STATE, 60)
    assert digest
    assert 50_000 < redis.command("PTTL", f"test:{name_of('a', digest)}") <= 60_000


async def test_a_lost_ticket_is_not_there(make_store: MakeStore, redis: RedisServer) -> None:
    tickets = RedisTickets(redis=make_store(redis.url))
    digest = await tickets.put("a", STATE, 60)
    redis.command("FLUSHALL")
    assert digest is not None
    assert await tickets.get("a", digest) is None


async def test_what_is_read_is_hashed_again(make_store: MakeStore, redis: RedisServer) -> None:
    tickets = RedisTickets(redis=make_store(redis.url))
    digest = await tickets.put("a", STATE, 60)
    assert digest is not None
    redis.command("SET", f"test:{name_of('a', digest)}", STATE + b"!")
    assert await tickets.get("a", digest) is None


async def test_a_ticket_is_given_only_where_redis_confirmed_the_write(
    make_store: MakeStore, own_server: RedisServer
) -> None:
    own_server.command("CONFIG", "SET", "maxmemory", "1")
    tickets = RedisTickets(redis=make_store(own_server.url))
    assert await tickets.put("a", STATE, 60) is None
    own_server.stop()
    assert await tickets.put("a", STATE, 60) is None


async def test_a_write_that_is_answered_with_nonsense_is_not_confirmed(make_store: MakeStore) -> None:
    async with answering(b"$-1\r\n") as url:
        store = make_store(url)
        assert await RedisTickets(redis=store).put("a", STATE, 60) is None
        await store.aclose()


async def test_not_there_and_cannot_be_told_are_two_things(make_store: MakeStore, own_server: RedisServer) -> None:
    tickets = RedisTickets(redis=make_store(own_server.url))
    assert await tickets.get("a", b"0" * 16) is None
    own_server.stop()
    for _ in range(FAILURES + 1):  # also once Redis is left alone
        with pytest.raises(CursorStoreUnavailable):
            await tickets.get("a", b"0" * 16)


async def test_purging_pages_leaves_tickets_alone(make_store: MakeStore, redis: RedisServer) -> None:
    store = make_store(redis.url)
    digest = await RedisTickets(redis=store).put("a", STATE, 60)
    assert digest is not None
    assert await store.purge("page") == 0
    assert await RedisTickets(redis=store).get("a", digest) == STATE


@given(st.text(max_size=4), st.binary(max_size=4), st.text(max_size=4), st.binary(max_size=4))
def test_a_name_tells_tenant_and_digest_apart(tenant: str, digest: bytes, other: str, different: bytes) -> None:
    assert (name_of(tenant, digest) == name_of(other, different)) == ((tenant, digest) == (other, different))
