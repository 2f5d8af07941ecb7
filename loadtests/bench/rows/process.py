"""The process itself: how much memory it holds, whether it gives it back to itself, and how soon it is there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import uvloop

from loadtests.bench.baselines.given import PATH
from loadtests.bench.connection import Connection, connect, request, succeeded
from loadtests.bench.cores import LOAD, on
from loadtests.bench.figures import Figure, at_most, one
from loadtests.bench.gateway_config import Settings
from loadtests.bench.rows.hot import PAGE
from loadtests.bench.stage import THREE, Server, Stage
from loadtests.bench.walking import walk

CLIENTS = 5000
ITEMS, QUICK_ITEMS = 1_000_000, 30_000
#: upstream pages as large as the built-in types ask for
_SETTINGS = Settings(page_size=100)


def memory(stage: Stage) -> Iterator[Figure | str]:
    """Default settings: a cache in memory of 64 MiB, and no Redis."""
    items = QUICK_ITEMS if stage.quick else ITEMS
    upstreams = stage.upstreams(items=-(-items // len(THREE)))
    yield f"resident memory; a walk of {items:,} items at limit=100; {CLIENTS} connections that have had a page each"
    for what, work in (("a walk adds", _walk), (f"{CLIENTS} connections add", _connections)):
        with stage.gateway_for_now(upstreams, _SETTINGS) as gateway:
            idle = gateway.child.resident()
            if work is _walk:
                yield one("idle", idle, at_most(100, " MB"))
            first = _after(gateway, work)
            second = _after(gateway, work)
            yield one(what, first - idle, at_most(60, " MB"))
            yield one("a second round of it adds", second - first, at_most(5, " MB"))
            yield f"    {idle:.1f} MB idle, {first:.1f} after the first, {second:.1f} after the second"


def ready(stage: Stage) -> Iterator[Figure | str]:
    """From the start of the process to its first 200 at /readyz."""
    upstreams = stage.upstreams()
    taken = []
    for _ in range(stage.rounds):
        with stage.gateway_for_now(upstreams, _SETTINGS) as gateway:
            taken.append(gateway.ready_after)
    yield Figure("time to ready", tuple(taken), at_most(2, " s"))


Work = Callable[[Server, Callable[[], None]], Awaitable[None]]


def _after(gateway: Server, work: Work) -> float:
    """MB resident where the work is done, before the client lets go."""
    measured: list[float] = []
    with on(LOAD):
        uvloop.run(_run(work, gateway, lambda: measured.append(gateway.child.resident())))
    return measured[0]


async def _run(work: Work, gateway: Server, measure: Callable[[], None]) -> None:
    await work(gateway, measure)


async def _walk(gateway: Server, measure: Callable[[], None]) -> None:
    walked = await walk(gateway, 100)
    assert walked.complete, walked
    assert walked.items == walked.different, walked
    measure()


async def _connections(gateway: Server, measure: Callable[[], None]) -> None:
    """Opened a hundred at a time: the backlog of a socket is no part of this."""
    asked = request(gateway.port, PATH + PAGE, gateway.headers())
    opened: list[Connection] = []
    for _ in range(CLIENTS // 100):
        batch = await asyncio.gather(*(connect(gateway.port) for _ in range(100)))
        answers = await asyncio.gather(*(connection.ask(asked) for connection in batch))
        assert all(map(succeeded, answers))
        opened += batch
    measure()
    for connection in opened:
        connection.close()
