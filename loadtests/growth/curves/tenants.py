"""Memory and latency from one tenant to a thousand, each with lists of its own, so that they share nothing."""

from collections.abc import Sequence

from loadtests.growth.clients import Request, drive
from loadtests.growth.cost import MILLI, cost
from loadtests.growth.setting import KEPT, Lists, Setting, Settings, new_keys
from loadtests.growth.table import Table

COUNTS = (1, 10, 100, 300, 1000)
PROVIDERS = Lists(3, page_size=20)
REQUESTS = 3_000


async def measure(setting: Setting) -> Table:
    return Table(
        "tenants",
        "Tenants in one replica: three providers each, the first page kept in memory and asked for in turn",
        ("tenants", "ready s", "MiB ready", "MiB used", "CPU µs/page", "p50 ms", "p99 ms"),
        tuple([await _row(setting, new_keys(count)) for count in COUNTS]),
    )


async def _row(setting: Setting, keys: Sequence[str]) -> tuple[float, ...]:
    requests = [Request("?limit=20", {"X-API-Key": key}) for key in keys]
    with setting.gateway(Settings((PROVIDERS,), cache=KEPT), tuple(keys)) as replica:
        ready = replica.child.resident()
        await drive(replica.port, requests, connections=4)
        found = await cost(replica, requests, times=REQUESTS, connections=1)
        used = replica.child.resident()
    latencies = [found.latency(share) * MILLI for share in (0.5, 0.99)]
    return len(keys), replica.ready_after, ready, used, found.cpu * 1e6, *latencies
