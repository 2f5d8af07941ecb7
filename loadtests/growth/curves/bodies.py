"""CPU and memory as the upstreams' bodies grow."""

from loadtests.growth.clients import Client, Request
from loadtests.growth.cost import MILLI, cost
from loadtests.growth.setting import COLD, Lists, Setting, Settings
from loadtests.growth.table import Table

KIB = 1024
#: characters of text in each of the hundred items of an upstream page
PADDINGS = (0, 300, 1_000, 3_000, 10_000, 30_000)
TIMES = 300


async def measure(setting: Setting) -> Table:
    return Table(
        "bodies",
        "A cold page (limit 20) of three providers with 100 items an upstream page, as items grow",
        ("upstream KiB", "answer KiB", "raw KiB", "CPU ms/page", "CPU ms/page, raw", "MiB"),
        tuple([await _row(setting, padding) for padding in PADDINGS]),
    )


async def _row(setting: Setting, padding: int) -> tuple[float, ...]:
    """Each in a gateway of its own: memory that one has had is not given back."""
    lists = Lists(3, padding=padding)
    with setting.gateway(Settings((lists,), cache=COLD)) as replica:
        async with Client.connected(replica.port) as client:
            sizes = [len((await client.get(query)).body) / KIB for query in ("?limit=20", "?limit=20&include=raw")]
        plain = await cost(replica, [Request("?limit=20", {})], times=TIMES, connections=4)
        raw = await cost(replica, [Request("?limit=20&include=raw", {})], times=TIMES, connections=4)
        return (_upstream_kib(padding), *sizes, plain.cpu * MILLI, raw.cpu * MILLI, replica.child.resident())


def _upstream_kib(padding: int) -> float:
    """Of one upstream page, about: what an item has beside its text is 84 bytes."""
    return 100 * (84 + padding) / KIB
