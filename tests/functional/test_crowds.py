"""A crowd that asks several replicas for the same page at once: the upstreams hardly notice."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import orjson
import pytest

from gateway.api.keys import digest, new_key
from tests.functional.world import ENDPOINT, Page, Replica, World, replica, world
from tests.support.redis_servers import RedisServer, binaries

CLIENTS, REPLICAS, RUNS = 200, 3, 10


@pytest.fixture(params=sorted(binaries()))
def redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(binaries()[request.param]) as server:
        yield server


def config(upstreams: World, redis: RedisServer, keys: list[str]) -> str:
    """A tenant for each run, for whom everything is new."""
    providers = list(upstreams.upstreams)
    tenants = {f"t{number}": {"keys": [digest(key)], "providers": providers} for number, key in enumerate(keys)}
    cache = f"{{url: '{redis.url}', timeout: 5s}}"
    return upstreams.config(cache=cache, tenants=orjson.dumps(tenants).decode())


async def page(gateway: Replica, key: str) -> Page:
    """A page for a client with a connection of its own, which costs the machine less than httpx does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.client.base_url.port)
    request = f"GET {ENDPOINT} HTTP/1.1\r\nhost: gateway\r\nx-api-key: {key}\r\nconnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    found: Page = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    return found


async def crowd(upstreams: World, replicas: list[Replica], key: str) -> list[int]:
    """How often each upstream was called because of it."""
    before = upstreams.calls()
    pages = await asyncio.gather(*(page(replicas[number % REPLICAS], key) for number in range(CLIENTS)))
    assert all(found["complete"] and len(found["items"]) == 20 for found in pages)
    return [calls - before[name] for name, calls in upstreams.calls().items()]


async def test_one_call_for_each_upstream_page_whatever_the_number_of_replicas(redis: RedisServer) -> None:
    keys = [new_key() for _ in range(RUNS)]
    async with world() as upstreams, AsyncExitStack() as stack:
        for one in upstreams.upstreams.values():
            one.faults.latency = 0.1
        set_up = config(upstreams, redis, keys)
        replicas = [await stack.enter_async_context(replica(set_up)) for _ in range(REPLICAS)]
        runs = [await crowd(upstreams, replicas, key) for key in keys]
    assert sum(max(calls) == 1 for calls in runs) >= 0.9 * RUNS
    assert max(map(max, runs)) <= REPLICAS
