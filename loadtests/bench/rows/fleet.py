"""Many clients, several replicas, one Redis: how often an upstream page is fetched that all of them want at once."""

import asyncio
from collections.abc import Iterator

import uvloop

from loadtests.bench.baselines.given import PATH
from loadtests.bench.connection import connect, request, succeeded
from loadtests.bench.cores import LOAD, on
from loadtests.bench.figures import Figure, at_least, at_most, one
from loadtests.bench.gateway_config import Settings
from loadtests.bench.rows.hot import PAGE
from loadtests.bench.stage import Server, Stage

CLIENTS, REPLICAS, RUNS = 200, 3, 10


def together(stage: Stage) -> Iterator[Figure | str]:
    """200 clients ask for the same cold page of three replicas; each run is another tenant's, so all are cold."""
    upstreams = stage.upstreams(delay=0.1)
    settings = Settings(redis=stage.redis().url, tenants=RUNS + 1)
    replicas = [stage.gateway(upstreams, settings, core=None) for _ in range(REPLICAS)]  # three on one core starve
    yield f"the same cold page at once: {CLIENTS} clients, {REPLICAS} replicas, one Redis; upstreams answer in 0.1 s"
    for replica in replicas:
        replica.page(PAGE, tenant=RUNS)  # opens the connections to Redis and the upstreams
    taken: list[list[int]] = []
    for run in range(RUNS):
        before = upstreams.calls()
        with on(LOAD):
            uvloop.run(_at_once(replicas, run))
        taken.append([after - was for after, was in zip(upstreams.calls(), before, strict=True)])
    single = sum(max(calls) == 1 for calls in taken)
    yield f"    upstream calls in each run: {' '.join('+'.join(map(str, calls)) for calls in taken)}"
    yield one(f"runs of {RUNS} with one call for each upstream page", single, at_least(0.9 * RUNS))
    yield one("most calls for one upstream page in any run", max(map(max, taken)), at_most(REPLICAS))


async def _at_once(replicas: list[Server], tenant: int) -> None:
    """Every client has its connection before the first of them asks."""
    clients = [replicas[number % len(replicas)] for number in range(CLIENTS)]
    connections = await asyncio.gather(*(connect(replica.port) for replica in clients))
    answers = await asyncio.gather(
        *(
            connection.ask(request(replica.port, PATH + PAGE, replica.headers(tenant)))
            for connection, replica in zip(connections, clients, strict=True)
        )
    )
    for connection in connections:
        connection.close()
    assert all(map(succeeded, answers)), [answer[:300] for answer in answers if not succeeded(answer)][:3]
