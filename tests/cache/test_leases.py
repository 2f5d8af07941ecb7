"""Leases and the scripts that take and give them back, as real servers run them."""

from itertools import islice
from random import Random

import pytest

from gateway.cache.leases import FIRST_PAUSE, LEASE_SECONDS, LONGEST_PAUSE, Lease, Leases
from gateway.cache.redis_store import RedisStore
from tests.cache.conftest import MakeStore
from tests.cache.fakes import ManualClock, Pauses
from tests.support.redis_servers import RedisServer

KEY, PAGE = "0" * 32, "page:" + "0" * 32


@pytest.fixture
def store(make_store: MakeStore, redis: RedisServer) -> RedisStore:
    return make_store(redis.url)


def leases(clock: ManualClock) -> Leases:
    return Leases(clock=clock, random=Random(), sleep=Pauses(clock))


async def asking(store: RedisStore, by: Leases, spare: float = 10) -> Lease:
    return by.answered(KEY, await store.run(by.take(KEY, PAGE, spare)))


async def giving_back(store: RedisStore, by: Leases) -> None:
    script = by.release(KEY)
    if script:
        await store.run(script)


async def test_one_takes_it_and_all_others_see_that_it_is_held(store: RedisStore, clock: ManualClock) -> None:
    one, other = leases(clock), leases(clock)
    assert [await asking(store, each) for each in (one, other, one)] == [Lease.TAKEN, Lease.HELD, Lease.OURS]


async def test_it_lives_for_a_while_and_no_longer(store: RedisStore, clock: ManualClock, redis: RedisServer) -> None:
    await asking(store, leases(clock))
    assert 0 < redis.command("PTTL", f"test:lease:{KEY}") <= LEASE_SECONDS * 1000


async def test_once_given_back_the_next_takes_it(store: RedisStore, clock: ManualClock) -> None:
    one, other = leases(clock), leases(clock)
    await asking(store, one)
    await giving_back(store, one)
    assert await asking(store, other) is Lease.TAKEN


async def test_only_its_holder_gives_it_back(store: RedisStore, clock: ManualClock, redis: RedisServer) -> None:
    one, other = leases(clock), leases(clock)
    await asking(store, one)
    redis.command("DEL", f"test:lease:{KEY}")
    await asking(store, other)
    await giving_back(store, one)
    assert await asking(store, one) is Lease.HELD


async def test_what_is_not_ours_is_not_given_back(store: RedisStore, clock: ManualClock) -> None:
    one, other = leases(clock), leases(clock)
    await asking(store, one)
    await asking(store, other)
    assert other.release(KEY) is None


async def test_it_is_given_back_once_and_not_after_its_end(store: RedisStore, clock: ManualClock) -> None:
    one = leases(clock)
    await asking(store, one)
    clock.advance(LEASE_SECONDS)
    assert one.release(KEY) is None
    await asking(store, one)
    assert one.release(KEY) is None  # it is ours still, of the first time
    one.suppose(KEY)
    assert [one.release(KEY) is None, one.release(KEY) is None] == [False, True]


async def test_it_is_not_taken_where_the_page_will_do(
    store: RedisStore, clock: ManualClock, redis: RedisServer
) -> None:
    redis.command("SET", f"test:{PAGE}", "x", "PX", 60_000)
    assert await asking(store, leases(clock), spare=59) is Lease.NONE
    assert await asking(store, leases(clock), spare=61) is Lease.TAKEN


@pytest.mark.parametrize("answer", [None, b"1", [1], True, 4, -1, 2**70, "OK"], ids=repr)
def test_an_answer_that_redis_never_gives_is_no_lease(clock: ManualClock, answer: object) -> None:
    one = leases(clock)
    assert one.answered(KEY, answer) is Lease.NONE
    assert one.release(KEY) is None


def test_what_was_never_given_back_is_forgotten_in_time(clock: ManualClock) -> None:
    one = leases(clock)
    for number in range(10):
        one.suppose(str(number))
        clock.advance(LEASE_SECONDS / 2)
    assert len(one._taken) == 2


def test_pauses_grow_and_stay_within_bounds(clock: ManualClock) -> None:
    pauses = list(islice(leases(clock).pauses(), 1000))
    assert FIRST_PAUSE / 2 < pauses[0] <= FIRST_PAUSE
    assert max(pauses) <= LONGEST_PAUSE
    assert min(pauses[20:]) > LONGEST_PAUSE / 2
    assert len(set(pauses)) > 900


def test_owners_differ(clock: ManualClock) -> None:
    assert len({leases(clock).take(KEY, PAGE, 0).arguments[0] for _ in range(100)}) == 100
