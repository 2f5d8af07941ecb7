"""Three lists of five hundred by offset, in each of which ten things change between every two pages of ten."""

import random
from collections import Counter

import pytest

from gateway.listing.outcome import NothingDelivered
from tests.support.drawn import stores
from tests.support.lists import UpstreamList
from tests.support.walking import Service

TYPES = {"a": "aitronos", "b": "b3os", "c": "aitronos"}
LENGTH, LIMIT, CHANGES = 500, 10, 5
SEEDS = range(100)
CHUNK = 10


class Moving:
    """The lists of one seed; ``gone`` is what was deleted."""

    def __init__(self, seed: int) -> None:
        self.lists = {name: UpstreamList(type_, stores(name, LENGTH)) for name, type_ in TYPES.items()}
        self.gone: set[str] = set()
        self._random = random.Random(seed)
        self._serial = 0

    def move(self) -> None:
        for name, upstream in self.lists.items():
            for _ in range(CHANGES):
                self._serial += 1
                upstream.insert(self._random.randrange(len(upstream.rows) + 1), {"id": f"new{self._serial}"})
                row = upstream.rows.pop(self._random.randrange(len(upstream.rows)))
                self.gone.add(f"{name}:{row.value['id']}")


async def walked(seed: int, *, cached: bool) -> tuple[bool, list[str]]:
    """Whether all that was there throughout came exactly once and nothing is lost, and what is missing unsaid."""
    moving = Moving(seed)
    throughout = {f"{name}:{row.value['id']}" for name, one in moving.lists.items() for row in one.rows}
    service = Service(moving.lists, cache=cached)
    came: Counter[str] = Counter()
    cursor, lost = None, {}
    for _ in range(1000):
        try:
            page = await service.page(cursor, LIMIT)
        except NothingDelivered as nothing:
            cursor = nothing.next_cursor
            continue
        came.update(item["id"] for item in page.items)
        cursor, lost = page.next_cursor, {part.place.provider: part.place.lost.reason() for part in page.parts}
        if cursor is None:
            break
        moving.move()
    wrong = [id_ for id_ in throughout - moving.gone if came[id_] != 1]
    return not wrong and not any(lost.values()), [id_ for id_ in wrong if not lost[id_[0]]]


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("first", SEEDS[::CHUNK])
async def test_nothing_is_lost_or_repeated_unsaid_and_nearly_every_walk_is_exact(first: int, cached: bool) -> None:
    verdicts = [await walked(seed, cached=cached) for seed in range(first, first + CHUNK)]
    assert [unsaid for _, unsaid in verdicts if unsaid] == []
    assert all(right for right, _ in verdicts)  # seen for all of the hundred; the promise is ninety-nine
