"""The rows of a simulated list: where each stands, and where it stood."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

_RANK = attrgetter("rank")
_FIRST_CREATED = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Row:
    """``rank`` is where it stands in the list; ``id`` is what the list knows it by, ``value`` what is sent."""

    rank: float
    id: str
    value: Any


def stores(name: str, count: int) -> list[Any]:
    """Values of ``count`` rows, with ids from ``name0`` on."""
    return [
        {"id": f"{name}{number}", "name": f"Store {number}", "created": f"{created:%Y-%m-%dT%H:%M:%SZ}"}
        for number in range(count)
        for created in [_FIRST_CREATED + timedelta(minutes=number)]
    ]


def row(rank: float, value: Any) -> Row:
    """A row known by the id that it sends, or, where it sends none, by its rank."""
    found = value.get("id") if isinstance(value, dict) else None
    return Row(rank, f"row{rank}" if found is None else str(found), value)


def rank_at(rows: Sequence[Row], index: int) -> float:
    """A rank for a row that is to stand at ``index``."""
    low = rows[index - 1].rank if index else rows[0].rank - 2 if rows else -1.0
    high = rows[index].rank if index < len(rows) else low + 2
    rank = (low + high) / 2
    assert low < rank < high, "there is no rank left between the two rows"
    return rank


def behind(rows: Sequence[Row], rank: float) -> int:
    """The index of the first row behind a rank."""
    return bisect_right(rows, rank, key=_RANK)


class Whereabouts:
    """Finds rows by their ids, and where deleted ones stood."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._graves: dict[str, float] = {}

    def find(self, rows: Sequence[Row], key: str) -> int | None:
        index = self._index.get(key, -1)
        if not (0 <= index < len(rows) and rows[index].id == key):  # the rows have changed since, in whatever way
            self._index = {row.id: index for index, row in enumerate(rows)}
        return self._index.get(key)

    def bury(self, row: Row) -> None:
        self._graves[row.id] = row.rank

    def grave(self, key: str) -> float | None:
        """The rank that a deleted row had."""
        return self._graves.get(key)
