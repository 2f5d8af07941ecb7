"""Over the whole service: pages are there before a walk asks for them, and cost no call more."""

from collections import Counter

import pytest

from gateway.core.events import PageReadAhead
from tests.functional.world import replica, world
from tests.support.redis_servers import RedisServer, binaries

ITEMS = 530
#: pages of 100, of which those by offset repeat one item
CALLS = {"aitronos": 6, "scale-dex": 6, "b3os": 6}


@pytest.mark.parametrize("limit", [7, 20, 100])
async def test_a_walk_costs_a_call_for_each_upstream_page_and_finds_most_of_them_there(limit: int) -> None:
    async with world(aitronos=ITEMS, scale_dex=ITEMS, b3os=ITEMS) as upstreams, replica(upstreams.config()) as gateway:
        walk = await gateway.walk(limits=[limit])
        assert Counter(walk.ids) == upstreams.expected()
        assert upstreams.calls() == CALLS
        outcomes = Counter(event.outcome for event in gateway.events if isinstance(event, PageReadAhead))
        assert outcomes == {"used": 3 * 5}


async def test_a_walk_from_replica_to_replica_costs_no_call_more_either() -> None:
    with RedisServer(next(iter(binaries().values()))) as redis:
        async with world(aitronos=ITEMS, scale_dex=ITEMS, b3os=ITEMS) as upstreams:
            config = upstreams.config(cache=f"{{url: '{redis.url}', timeout: 5s}}")
            async with replica(config) as one, replica(config) as other:
                ids, cursor, asked = [], None, 0
                while cursor or not asked:
                    page = await (one, other)[asked % 2].page(limit=20, **({"cursor": cursor} if cursor else {}))
                    ids += [item["id"] for item in page["items"]]
                    cursor, asked = page["next_cursor"], asked + 1
            assert Counter(ids) == upstreams.expected()
            assert upstreams.calls() == CALLS


async def test_it_can_be_switched_off() -> None:
    async with world(aitronos=ITEMS) as upstreams, replica(upstreams.config(cache="{read_ahead: 0}")) as gateway:
        await gateway.walk(limits=[20])
        assert not [event for event in gateway.events if isinstance(event, PageReadAhead)]
