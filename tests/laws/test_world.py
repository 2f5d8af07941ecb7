"""What the laws expect of a list follows from what was drawn of it."""

import pytest

from tests.laws.world import Upstream
from tests.support.simulated import SimulatedList
from tests.support.simulated_rows import stores


@pytest.mark.parametrize(("size", "empties", "barren"), [(1, 6, True), (20, 6, False), (1, 0, False), (1, 1, True)])
def test_a_list_of_few_items_between_empty_pages_is_barren(size: int, empties: int, barren: bool) -> None:
    listed = SimulatedList.of("token", stores("a", 9), empties=empties)
    assert Upstream("ant", "token", listed, size).barren is barren
