"""What a request has used is gone with it, in every layer from the client's socket to those of the providers."""

import asyncio

import pytest

from gateway.demo.faults import Faults
from tests.functional.world import replica, world
from tests.support.garbage import circles

COLD = "{memory: 0, fresh: 0, revalidate: 0, if_error: 0}"
KEPT = "{fresh: 1h}"
#: an old page stands in for a provider that fails
OLD = "{fresh: 1ms, revalidate: 0, if_error: 1h}"


def ours(found: list[object]) -> list[str]:
    """The client and the simulated upstreams are in this process as well, and may leave what they like."""
    names = [f"{type(one).__module__}.{type(one).__qualname__}" for one in found]
    return [name for name in names if name.startswith("gateway.") and not name.startswith("gateway.demo.")]


@pytest.mark.parametrize("cache", [COLD, KEPT, OLD])
@pytest.mark.parametrize(
    "faults", [Faults(), Faults(status=500), Faults(status=404), Faults(drop="mid_body")], ids=repr
)
async def test_a_request_leaves_nothing_to_the_garbage_collector(cache: str, faults: Faults) -> None:
    async with world() as upstreams, replica(upstreams.config(cache=cache)) as gateway:
        first = await gateway.page(limit=20)
        upstreams.aitronos.faults = faults
        with circles() as found:
            for limit in (7, 20, 50):
                await gateway.get(limit=limit)
                await gateway.get(limit=limit, cursor=first["next_cursor"])
            await asyncio.sleep(0)
        assert ours(found) == []
