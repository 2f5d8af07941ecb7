"""CPU for each provider and page, from one provider to a hundred: flat where nothing grows faster than the work."""

from collections.abc import Sequence
from statistics import median

from loadtests.growth.clients import Client, Request
from loadtests.growth.cost import MICRO, MILLI, Cost, cost
from loadtests.growth.setting import COLD, Lists, Setting, Settings
from loadtests.growth.table import Table
from loadtests.replica import Replica

COUNTS = (1, 2, 3, 5, 10, 20, 35, 50, 75, 100)
PAGE_SIZE = 20
#: upstream pages that a point is measured over in each sweep
PAGES = 1_500
#: over all points, each in turn, so that whatever drifts on the machine drifts for all of them
SWEEPS = 3


async def measure(setting: Setting) -> Table:
    lists = Lists(max(COUNTS), page_size=PAGE_SIZE)
    with setting.gateway(Settings((lists,), cache=COLD)) as replica:
        sweeps = [[await _point(replica, lists.names()[:count]) for count in COUNTS] for _ in range(SWEEPS)]
    rows = [_row(count, points) for count, points in zip(COUNTS, zip(*sweeps, strict=True), strict=True)]
    return Table(
        "providers",
        f"CPU of a cold page (limit {PAGE_SIZE}, {PAGE_SIZE} items an upstream page; half first, half second pages)",
        ("providers", "CPU ms/page", "CPU µs/provider and page", "p50 ms"),
        tuple(rows),
    )


async def _point(replica: Replica, names: Sequence[str]) -> Cost:
    given = f"limit={PAGE_SIZE}&provider={','.join(names)}"
    async with Client.connected(replica.port) as client:
        cursor = (await client.get(f"?{given}")).page()["next_cursor"]
    requests = [Request(f"?{given}", {}), Request(f"?limit={PAGE_SIZE}&cursor={cursor}", {})]
    return await cost(replica, requests, times=PAGES // len(names), connections=4, rounds=1)


def _row(count: int, points: Sequence[Cost]) -> tuple[float, ...]:
    cpu, latency = median(point.cpu for point in points), median(point.latency(0.5) for point in points)
    return count, cpu * MILLI, cpu * MICRO / count, latency * MILLI
