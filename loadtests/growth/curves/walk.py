"""A walk of a million items: memory and CPU as it goes on, and whether each item came once and in its place."""

from typing import Any

from loadtests.growth.clients import Client
from loadtests.growth.cost import MILLI
from loadtests.growth.setting import Lists, Setting, Settings
from loadtests.growth.table import Table, Value
from loadtests.replica import Replica

ITEMS = 1_000_000
LIMIT = 100
#: pages from one point of the curve to the next
STEP = 500


class Astray(Exception):
    """The walk did not bring what it must; the message says where."""


async def measure(setting: Setting) -> Table:
    lists = Lists(3, total=ITEMS // 3)
    with setting.gateway(Settings((lists,))) as replica:
        rows = await _walked(replica, lists)
    return Table(
        "walk",
        f"A walk of {lists.total * 3:,} items from three providers, {LIMIT} a page, with the cache as it is by default",
        ("items", "MiB", "CPU ms/page"),
        tuple(rows),
    )


async def _walked(replica: Replica, lists: Lists) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = [(0, replica.child.resident(), None)]
    successor = dict.fromkeys(lists.names(), 0)
    pages, cpu, cursor = 0, replica.child.cpu(), None
    async with Client.connected(replica.port) as client:
        while cursor or not pages:
            page = await client.page(cursor, limit=LIMIT)
            pages, cursor = pages + 1, page["next_cursor"]
            _follow(successor, page)
            if pages % STEP == 0:
                now = replica.child.cpu()
                rows.append((sum(successor.values()), replica.child.resident(), (now - cpu) * MILLI / STEP))
                cpu = now
    if any(number != lists.total for number in successor.values()):
        raise Astray(f"the walk ended at {successor}")
    return rows


def _follow(successor: dict[str, int], page: dict[str, Any]) -> None:
    """Each provider's items are numbered one by one; raises ``Astray`` at the first that is not the next."""
    for item in page["items"]:
        name, number = item["provider"], int(item["native_id"].removeprefix("vs_"))
        if number != successor[name]:
            raise Astray(f"{name}: {number} came where {successor[name]} was due")
        successor[name] += 1
