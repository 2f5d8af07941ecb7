"""Providers that are left alone for a while: what it saves, and that no walk is lost to it."""

import time
from collections import Counter

from gateway.core.events import UpstreamBreakerChanged
from tests.functional.world import Replica, World, replica, report, world

UNCACHED = "{fresh: 0s, if_error: 0s}"


def config(upstreams: World, cooldown: str, **sections: str) -> str:
    """Two failures in a row open the circuit of b3os for that long."""
    breaker = f"{{failures: 2, cooldown: {cooldown}}}"
    written = upstreams.config(cache=UNCACHED, **sections)
    return written.replace("type: b3os", f"type: b3os\n    timeout: 300ms\n    attempts: 1\n    breaker: {breaker}")


def states(gateway: Replica) -> list[str]:
    return [event.state for event in gateway.events if isinstance(event, UpstreamBreakerChanged)]


async def test_a_provider_that_hangs_costs_its_timeout_on_a_few_pages_only() -> None:
    async with world(60, 60, 60) as upstreams, replica(config(upstreams, "10m")) as gateway:
        upstreams.b3os.faults.hang = True
        began = time.monotonic()
        walk = [await gateway.page(limit=5)]
        while len(walk) < 15:
            walk.append(await gateway.page(limit=5, cursor=walk[-1]["next_cursor"]))
        assert time.monotonic() - began < 15 * 0.3, "each page would have waited for it"
        assert upstreams.calls()["b3os"] == 2
        codes = [report(page, "b3os")["error"]["code"] for page in walk]
        assert codes == ["timeout"] * 2 + ["circuit_open"] * 13
        assert 1 <= report(walk[-1], "b3os")["error"]["retry_after"] <= 720


async def test_a_walk_gives_a_provider_its_chance_when_the_circuit_closes_again() -> None:
    async with world(20, 20, 20) as upstreams, replica(config(upstreams, "10ms")) as gateway:
        await upstreams.served["b3os"].stop()
        first = await gateway.page(limit=5)
        second = await gateway.page(limit=5, cursor=first["next_cursor"])
        await upstreams.served["b3os"].start()
        walk = await gateway.walk(limits=(1,), cursor=second["next_cursor"])
        ids = [item["id"] for page in (first, second, *walk.pages) for item in page["items"]]
        assert Counter(ids) == upstreams.expected()
        assert walk.pages[-1]["complete"]
        assert states(gateway)[-2:] == ["half_open", "closed"]


async def test_a_client_that_does_not_wait_does_not_lose_its_walk_to_an_open_circuit() -> None:
    async with world(5, 5, 5) as upstreams, replica(config(upstreams, "10m")) as gateway:
        await upstreams.served["b3os"].stop()
        cursor = (await gateway.page())["next_cursor"]
        answers = []
        for _ in range(20):
            answers.append(await gateway.get(cursor=cursor))
            cursor = answers[-1].json()["next_cursor"]
        assert {answer.status_code for answer in answers} == {503}
        assert int(answers[-1].headers["retry-after"]) >= 500
        assert upstreams.calls()["b3os"] == 0


async def test_a_round_on_which_the_provider_was_asked_still_counts() -> None:
    walks = "{failed_rounds: 3}"
    async with world(5, 5, 5) as upstreams, replica(config(upstreams, "1ms", walk=walks)) as gateway:
        await upstreams.served["b3os"].stop()
        page = await gateway.page()
        while page["next_cursor"]:
            page = (await gateway.get(cursor=page["next_cursor"])).json()
        assert report(page, "b3os")["lost"] == "abandoned"
        assert states(gateway).count("open") in {2, 3}
