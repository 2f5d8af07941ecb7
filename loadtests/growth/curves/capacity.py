"""The constants that capacity is planned with: requests per second of one core, bytes in Redis, memory, connections."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from loadtests.growth.clients import Client, Request, drive
from loadtests.growth.cost import cost
from loadtests.growth.setting import COLD, KEPT, Lists, Setting, Settings, new_keys
from loadtests.growth.table import Table, Value
from loadtests.replica import Replica
from tests.support.redis_servers import RedisServer

PROVIDERS = Lists(3, padding=200)
SHORT = Lists(3, total=2_000, padding=200)
#: as COLD, but every page is also written to Redis
WRITING = {"memory": 0, "fresh": "1ms", "revalidate": "0s", "if_error": "0s"}
TIMES = 3_000
IDLE = 2_000
KIB = 1024
Row = tuple[Value, ...]


async def measure(setting: Setting) -> Table:
    keys = new_keys(1)
    rows = [
        *await _hot(setting, keys),
        *await _logged(setting, keys),
        *await _built(setting, keys),
        *await _warm(setting, keys),
        *await _cold(setting, keys),
    ]
    return Table("capacity", "Constants of capacity: three providers, 100 items an upstream page, limit 20",
                 ("what", "figure", "unit"), tuple(rows))  # fmt: skip


async def _hot(setting: Setting, keys: tuple[str, ...]) -> list[Row]:
    """Also what memory an idle replica and idle connections take."""
    headers = {"X-API-Key": keys[0]}
    with setting.gateway(Settings((PROVIDERS,), cache=KEPT), keys) as replica:
        idle, per_connection = replica.child.resident(), await _per_connection(replica, headers)
        page = await _page(replica, headers)
        tagged = {**headers, "If-None-Match": page[1]}
        hot = await cost(replica, [Request("?limit=20", headers)], times=3 * TIMES)
        same = await cost(replica, [Request("?limit=20", tagged)], times=3 * TIMES)
    return [
        ("ready after", replica.ready_after, "s"),
        ("memory of an idle replica", idle, "MiB"),
        ("memory of an idle connection", per_connection, "KiB"),
        ("answer", page[0] / KIB, "KiB"),
        ("hot page (memory)", hot.per_second_and_core, "/s and core"),
        ("hot page, not modified (304)", same.per_second_and_core, "/s and core"),
    ]


async def _logged(setting: Setting, keys: tuple[str, ...]) -> list[Row]:
    requests = [Request("?limit=20", {"X-API-Key": keys[0]})]
    with setting.gateway(Settings((PROVIDERS,), cache=KEPT, level="info"), keys) as replica:
        found = await cost(replica, requests, times=3 * TIMES)
    return [("hot page, with the request log", found.per_second_and_core, "/s and core")]


async def _built(setting: Setting, keys: tuple[str, ...]) -> list[Row]:
    """Walks with a limit that nobody had before: no page is there as it is sent, but all that it is made of."""
    headers = {"X-API-Key": keys[0]}
    with setting.gateway(Settings((SHORT,), cache=KEPT), keys) as replica:
        await _walk(replica, headers, limit=17)
        before = replica.child.cpu()
        pages = sum([await _walk(replica, headers, limit=limit) for limit in (18, 19, 21, 22)])
        used = replica.child.cpu() - before
    return [("built page (upstream pages in memory)", pages / used, "/s and core")]


async def _warm(setting: Setting, keys: tuple[str, ...]) -> list[Row]:
    requests = [Request("?limit=20", {"X-API-Key": keys[0]})]
    with setting.redis() as redis, setting.gateway(_warm_settings(redis), keys) as replica:
        warm = await cost(replica, requests, times=TIMES)
        connections = len(redis.command("CLIENT", "LIST").splitlines()) - 1  # the one that asks
        used = int(redis.command("INFO", "memory")["used_memory"])
        await _walk(replica, {"X-API-Key": keys[0]}, limit=20, most=60)
        await asyncio.sleep(0.3)  # what is written behind the answers
        kinds = list(_kept(redis))
        used = int(redis.command("INFO", "memory")["used_memory"]) - used
    return [
        ("warm page (Redis alone)", warm.per_second_and_core, "/s and core"),
        ("connections to Redis, 16 clients", connections, ""),
        *kinds,
        ("Redis, for each of 60 gateway pages of a walk", used / 60 / KIB, "KiB"),
    ]


def _warm_settings(redis: RedisServer) -> Settings:
    return Settings((PROVIDERS,), cache={**KEPT, "memory": 0}, redis=redis.url)


async def _cold(setting: Setting, keys: tuple[str, ...]) -> list[Row]:
    headers = {"X-API-Key": keys[0]}
    requests = [Request("?limit=20", headers)]
    with setting.gateway(Settings((PROVIDERS,), cache=COLD), keys) as replica:
        cold = await cost(replica, requests, times=TIMES // 3)
        busy = await _open_files_under_load(replica, requests)
    writes = Settings((PROVIDERS,), cache=WRITING)
    with setting.redis() as redis, setting.gateway(replace(writes, redis=redis.url), keys) as replica:
        writing = await cost(replica, requests, times=TIMES // 3)
    return [
        ("cold page (no cache)", cold.per_second_and_core, "/s and core"),
        ("cold page, written to Redis", writing.per_second_and_core, "/s and core"),
        ("open files under 64 cold requests at once", busy, ""),
    ]


async def _per_connection(replica: Replica, headers: dict[str, str]) -> float:
    """KiB of a connection that has had an answer and now waits."""
    await drive(replica.port, [Request("?limit=20", headers)] * 500)
    before = replica.child.resident()
    async with AsyncExitStack() as stack:
        for _ in range(IDLE):
            client = await stack.enter_async_context(Client.connected(replica.port))
            await client.get("?limit=20", headers)
        return (replica.child.resident() - before) * KIB / IDLE


async def _page(replica: Replica, headers: dict[str, str]) -> tuple[int, str]:
    """Its length, and its tag."""
    async with Client.connected(replica.port) as client:
        answer = await client.get("?limit=20", headers)
    tag = next(line for line in answer.head.split(b"\r\n") if line.lower().startswith(b"etag:"))
    return len(answer.body), tag.partition(b":")[2].strip().decode()


async def _walk(replica: Replica, headers: dict[str, str], *, limit: int, most: int = 10_000) -> int:
    """To the end, or ``most`` pages; how many they were."""
    cursor, pages = None, 0
    async with Client.connected(replica.port) as client:
        while (cursor or not pages) and pages < most:
            cursor = (await client.page(cursor, headers=headers, limit=limit))["next_cursor"]
            pages += 1
    return pages


async def _open_files_under_load(replica: Replica, requests: Sequence[Request]) -> int:
    """The most seen while 64 clients ask."""
    most = 0
    asking = asyncio.create_task(drive(replica.port, list(requests) * 1_000, connections=64))
    while not asking.done():
        most = max(most, replica.open_files())
        await asyncio.sleep(0.02)
    await asking
    return most


def _kept(redis: RedisServer) -> Iterator[Row]:
    """Of each kind of entry, the second part of its name: how much room one takes in Redis."""
    sizes: dict[str, list[int]] = {}
    for key in redis.command("KEYS", "*"):
        sizes.setdefault(key.decode().split(":")[1], []).append(redis.command("MEMORY", "USAGE", key))
    for kind, found in sorted(sizes.items()):
        yield f"an entry `{kind}` in Redis ({len(found)} seen)", sum(found) / len(found) / KIB, "KiB"
