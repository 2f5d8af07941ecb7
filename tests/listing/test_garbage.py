"""What a request has used is gone with it: nothing holds itself in a circle until the garbage collector comes by.

Pages kept for that long are memory that is never warm, and looking for them took an eighth of the time of a request.
"""

import pytest

from tests.support.fleet import Fleet
from tests.support.garbage import circles
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import Fault
from tests.support.simulated_rows import stores


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("style", STYLES)
async def test_a_page_leaves_nothing_to_the_garbage_collector(style: Style, cache: bool) -> None:
    fleet = Fleet({name: SimulatedList.of(style, stores(name, 30)) for name in "abc"}, cache=cache)
    first = await fleet.page(fleet.setup())
    setup = fleet.setup()
    with circles() as found:
        await fleet.page(setup)
        await fleet.page(setup, first.next_cursor)
    assert found == []


@pytest.mark.parametrize("style", ["offset", "token", "last_item"])
async def test_a_search_leaves_nothing_to_the_garbage_collector(style: Style) -> None:
    upstream = SimulatedList.of(style, stores("a", 60))
    fleet = Fleet({"a": upstream})
    first = await fleet.page(fleet.setup(), limit=20)
    for _ in range(15):
        upstream.delete(0)
    upstream.forget()
    setup = fleet.setup()
    with circles() as found:
        await fleet.page(setup, first.next_cursor)
    assert found == []


async def test_a_failure_leaves_nothing_to_the_garbage_collector() -> None:
    """An error knows the frames it went through, and these what has kept the error."""
    lists = {name: SimulatedList.of("offset", stores(name, 30)) for name in "ab"}
    lists["a"].fault = lambda _: Fault()
    fleet = Fleet(lists)
    setup = fleet.setup()
    await fleet.page(setup)
    with circles() as found:
        page = await fleet.page(setup)
        assert page.parts[0].failure
        del page
    assert found == []
