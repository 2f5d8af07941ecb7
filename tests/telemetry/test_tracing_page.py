"""What docs/tracing.md says of spans, against spans."""

import httpx

from tests.docs import pages
from tests.functional.world import replica, world

from .collector import CLIENT, SERVER, collector, values

TEXT = pages.section("tracing.md", "What is in a span")


def documented(kind: str) -> set[str]:
    """The names in the table of requests, or in that of attempts."""
    table = TEXT.partition(f"| attribute of {kind} |")[2].partition("\n\n")[0]
    return {name for line in table.splitlines()[2:] for name in pages.words(line.split("|")[1])}


async def test_every_attribute_is_explained_and_every_explained_one_is_there() -> None:
    async with collector() as traces, world() as upstreams:
        upstreams.b3os.faults.status = 502
        async with replica(upstreams.config(tracing=traces.config())) as gateway:
            await gateway.get(limit=5)
            assert (await gateway.get(limit=0)).status_code == httpx.codes.BAD_REQUEST
    assert {name for span in traces.of(SERVER) for name in values(span)} == documented("a request")
    assert {name for span in traces.of(CLIENT) for name in values(span)} == documented("an attempt")
    events = {event.name for span in traces.of(SERVER) for event in span.events}
    assert events
    assert events <= set(pages.words(TEXT))
