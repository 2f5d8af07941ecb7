"""Several replicas on one Redis, and Redis going away: a walk goes on wherever it is asked to."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from gateway.core.events import CacheLookedUp, PageServed
from tests.functional.world import World, replica, world
from tests.support.redis_servers import RedisServer, binaries

#: seconds: far above the 0.3 that a Redis which is gone or hangs may cost, far below the minute that clients allow it
PATIENCE = 2.5


@pytest.fixture(params=sorted(binaries()))
def redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(binaries()[request.param]) as server:
        yield server


def on(redis: RedisServer, upstreams: World, *, timeout: str = "5s", **sections: str) -> str:
    """A config with this Redis; patient with it, for what is shown here must not depend on a busy machine."""
    return upstreams.config(cache=f"{{url: '{redis.url}', timeout: {timeout}}}", **sections)


async def test_a_walk_goes_from_replica_to_replica_and_costs_the_calls_of_one(redis: RedisServer) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams)
        async with replica(config) as one, replica(config) as other:
            ids, cursor = [], None
            for gateway in [one, other] * 20:
                page = await gateway.page(limit=10, **({"cursor": cursor} if cursor else {}))
                ids += [item["id"] for item in page["items"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert Counter(ids) == upstreams.expected()
            assert upstreams.calls() == {"aitronos": 1, "scale-dex": 1, "b3os": 1}


async def test_replicas_give_the_same_bytes_for_the_same_page(redis: RedisServer) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams)
        async with replica(config) as one, replica(config) as other:
            cursor = (await one.page(limit=10))["next_cursor"]
            first, second = await one.get(limit=10, cursor=cursor), await other.get(limit=10, cursor=cursor)
            assert first.content == second.content
            assert first.headers["etag"] == second.headers["etag"]


async def test_a_walk_needs_no_redis_at_all_to_change_replicas() -> None:
    async with world() as upstreams:
        config = upstreams.config()
        async with replica(config) as one, replica(config) as other:
            first = await one.page(limit=10)
            rest = await other.walk(cursor=first["next_cursor"])
            assert Counter([item["id"] for item in first["items"]] + rest.ids) == upstreams.expected()


@pytest.mark.parametrize("blow", ["flushed", "killed", "hanging"])
async def test_a_walk_outlives_what_happens_to_redis(redis: RedisServer, blow: str) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams, timeout="200ms")
        async with replica(config) as before, replica(config) as gateway:
            first = await before.page(limit=20)
            {"flushed": lambda: redis.command("FLUSHALL"), "killed": redis.stop, "hanging": redis.pause}[blow]()
            began = time.monotonic()
            second = await gateway.page(limit=20, cursor=first["next_cursor"])
            taken = time.monotonic() - began
            rest = await gateway.walk(cursor=second["next_cursor"])
            redis.resume() if blow == "hanging" else None
        assert taken < PATIENCE
        ids = [item["id"] for page in (first, second) for item in page["items"]] + rest.ids
        assert Counter(ids) == upstreams.expected()
        assert rest.pages[-1]["complete"]


async def test_the_service_starts_and_serves_with_redis_and_every_provider_down(redis: RedisServer) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams)
        redis.stop()
        for one in upstreams.served.values():
            await one.stop()
        async with replica(config) as gateway:
            assert (await gateway.client.get("/readyz")).status_code == 200
            assert (await gateway.client.get("/healthz")).status_code == 200
            assert (await gateway.get()).status_code == 503
            for one in upstreams.served.values():
                await one.start()
            assert Counter((await gateway.walk()).ids) == upstreams.expected()


async def test_what_one_replica_fetched_another_finds_in_redis(redis: RedisServer) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams)
        async with replica(config) as one:
            await one.page()
        async with replica(config) as other:
            answer = await other.get()
            assert "detail=redis" in answer.headers["cache-status"]
            served = [event.source for event in other.events if isinstance(event, PageServed)]
            assert served == ["redis"]


async def test_the_upstream_pages_of_one_replica_serve_another_that_needs_them_for_another_page(
    redis: RedisServer,
) -> None:
    async with world() as upstreams:
        config = on(redis, upstreams)
        async with replica(config) as one:
            await one.page(limit=5)
        async with replica(config) as other:
            await other.page(limit=6)
            looked = Counter(event.outcome for event in other.events if isinstance(event, CacheLookedUp))
            assert looked == {"miss": 3, "hit": 3}


def long_names(upstreams: World, redis: RedisServer, count: int) -> str:
    """A config in which the same upstream stands under many long names, so that cursors grow."""
    names = [f"{number:03}-{'abcdefghij' * 5}-{number * 7919 % 1000:03}" for number in range(count)]
    entry = upstreams.providers().partition("  b3os:\n")[2]
    common = on(redis, upstreams, anonymous=f"{{providers: [{', '.join(names)}]}}").partition("\nproviders:")[0]
    return f"{common}\nproviders:\n" + "".join(f"  {name}:\n{entry}" for name in names)


async def test_a_large_cursor_is_a_ticket_which_dies_with_redis_and_with_nothing_else(redis: RedisServer) -> None:
    async with world(b3os=3) as upstreams:
        config = long_names(upstreams, redis, 60)
        async with replica(config) as one, replica(config) as other:
            first = await one.page(limit=50)
            assert len(first["next_cursor"]) < 200
            second = await other.page(limit=50, cursor=first["next_cursor"])
            assert second == await one.page(limit=50, cursor=first["next_cursor"])
            redis.command("FLUSHALL")
            gone = await one.get(limit=50, cursor=second["next_cursor"])
            assert (gone.status_code, gone.json()["type"].rpartition(":")[2]) == (410, "cursor-expired")
            redis.stop()
            unknown = await one.get(limit=50, cursor=second["next_cursor"])
            assert (unknown.status_code, unknown.json()["type"].rpartition(":")[2]) == (503, "cursor-store-unavailable")
