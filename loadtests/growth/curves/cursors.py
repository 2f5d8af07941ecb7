"""How long cursors are, from one provider to a hundred, of both styles, alone and with a store for tickets."""

from collections.abc import Sequence

from loadtests.growth.clients import Client, Refused
from loadtests.growth.setting import Lists, Setting, Settings
from loadtests.growth.table import Table
from loadtests.replica import Replica

COUNTS = (1, 2, 3, 5, 10, 20, 30, 40, 50, 60, 75, 100)
#: until each place in a list holds as many anchors as it may, and is past the first upstream page
PAGES = 8
PAGE_SIZE = 5
LIMIT = 100
STYLES = {
    "offset": Lists(max(COUNTS), page_size=PAGE_SIZE, prefix="offset"),
    "token of 40": Lists(max(COUNTS), style="token", length=40, page_size=PAGE_SIZE, prefix="token"),
    "token of 120": Lists(max(COUNTS), style="token", length=120, page_size=PAGE_SIZE, prefix="long"),
}


async def measure(setting: Setting) -> Table:
    inline = [await _lengths(setting, lists) for lists in STYLES.values()]
    with setting.redis() as redis:
        stored = await _lengths(setting, STYLES["token of 120"], redis.url)
    return Table(
        "cursors",
        f"Characters of a cursor after {PAGES} pages of {LIMIT} items",
        ("providers", *STYLES, "token of 120, with Redis"),
        tuple(zip(COUNTS, *inline, stored, strict=True)),
    )


async def _lengths(setting: Setting, lists: Lists, redis: str | None = None) -> list[int | None]:
    with setting.gateway(Settings((lists,), cache={"fresh": "10m"}, redis=redis)) as replica:
        return [await _walked(replica, lists.names()[:count]) for count in COUNTS]


async def _walked(replica: Replica, names: Sequence[str]) -> int | None:
    """None where the gateway refuses to hand out a cursor of that length."""
    cursor: str | None = None
    async with Client.connected(replica.port) as client:
        for _ in range(PAGES):
            try:
                cursor = (await client.page(cursor, limit=LIMIT, provider=",".join(names)))["next_cursor"]
            except Refused:
                return None
    return len(cursor or "")
