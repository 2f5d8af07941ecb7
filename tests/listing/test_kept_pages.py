"""Walks over pages that the cache holds already."""

from itertools import repeat

import pytest

from tests.support.fleet import Fleet, Setup
from tests.support.simulated import SimulatedList
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ENDS, end, provider


@pytest.mark.parametrize("count", range(1, 12))
@pytest.mark.parametrize("rule", ENDS["last_item"])
async def test_a_walk_over_kept_pages_asks_nobody_up_to_its_end(rule: str, count: int) -> None:
    """Behind its end a list by the last item has a page that overlaps with nothing."""
    fleet = Fleet({"a": SimulatedList.of("last_item", stores("a", count))})
    setup = Setup({"a": provider("last_item", "a", page_size=4, end=end(rule))})
    walk = await fleet.walk(repeat(setup), 5)
    asked = len(fleet.asked)
    again = await fleet.walk(repeat(setup), 5)
    assert (again.items, again.last.complete) == (walk.items, True)
    assert len(fleet.asked) == asked
