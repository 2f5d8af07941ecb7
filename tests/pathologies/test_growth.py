"""Lists that grow while they are walked: in front between two calls, and everywhere between two pages."""

from itertools import product
from typing import Any

import pytest

from tests.pathologies.walking import (
    COUNTED,
    PAGED,
    CacheMode,
    Simulation,
    check_exact,
    check_promise,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import Style

Declared = dict[str, Any]


def insert(made: Simulation, index: int, name: str) -> None:
    made.upstream.insert(index, {"id": name, "name": "New"})


@pytest.mark.parametrize("cache", ["off", "fresh"])
@pytest.mark.parametrize("apart", [1, 2, 3])
@pytest.mark.parametrize(("style", "change"), [one for one in PAGED if one[0] in COUNTED], ids=rule_name)
async def test_pages_that_are_pushed_back_as_they_are_read_are_no_end(
    style: Style, change: Declared, apart: int, cache: CacheMode
) -> None:
    """By as many items as a page advances by, so that the next one is the same again."""
    for first in range(2, 14):
        made = simulation(style, 100, declared=change, cache=cache)

        def grows(call: int, made: Simulation = made, first: int = first) -> None:
            if call in {first, first + apart}:
                for number in range(9 if style == "offset" else 10):
                    insert(made, 0, f"new{call}-{number}")

        made.upstream.fault = grows
        check_promise(await made.walk(30), ids(100))


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_new_items_between_all_others_repeat_nothing_unsaid(style: Style, change: Declared, size: int) -> None:
    """Then more of the used items stand apart than a cursor has anchors, time after time."""
    for limit, times in product((2, 3, 5), ({1, 2}, {1, 2, 3}, {2, 3}, {2, 4}, {3, 4}, {3, 5})):
        made = simulation(style, 24, size=size, declared=change)

        def imports(answers: int, made: Simulation = made, times: set[int] = times) -> None:
            if answers in times:
                for index in reversed(range(1, len(made.upstream.rows))):
                    insert(made, index, f"new{answers}-{index}")

        check_promise(await made.walk(limit, happens=imports, most=900), ids(24))


@pytest.mark.parametrize("style", ["token", "link_body", "link_header"])
async def test_a_search_asks_for_no_token_twice(style: Style) -> None:
    """Each works once, and all that was used is gone but the list's first two items."""
    made = simulation(style, 10, size=2, single_use=True)

    def gone(answers: int) -> None:
        if answers == 1:
            made.upstream.rows[2:9] = []

    walk = await made.walk(9, happens=gone)
    check_exact(walk, ids(10))
