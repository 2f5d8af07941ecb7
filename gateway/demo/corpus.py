"""The simulated world: an ordered list of items that tests may change while somebody pages through it."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import orjson

_EPOCH = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
_TOPICS = (
    "API Documentation", "Internal Wiki", "Customer Contracts", "Support Tickets", "Données clients",
    "Prüfberichte", "Release Notes", "Product Manuals", "Sales Playbook", "Security Policies",
    "Onboarding", "Meeting Notes", "Incident Reviews", "Research Papers", "市場調査",
)  # fmt: skip
_KINDS = ("Store", "Knowledge Base", "Archive", "Collection", "Index", "Library")
_TEAMS = ("Platform", "Legal", "Finance", "Berlin", "APAC", "Field", "People", "Data Science")


@dataclass(frozen=True, slots=True)
class Seedling:
    """What an item of any API grows from."""

    number: int
    random: Random
    name: str
    description: str | None
    created: datetime
    updated: datetime

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"


@dataclass(frozen=True, slots=True)
class Item:
    """One item in its API's own shape, and rendered once; ``place`` orders items as they stand."""

    id: str
    created: datetime
    place: Fraction
    fields: dict[str, Any]
    body: bytes


Shape = Callable[[Seedling], dict[str, Any]]


class Corpus:
    """Item number n is the same for every size; ``same_time`` successive items share one creation time."""

    def __init__(
        self, shape: Shape, size: int = 0, *, seed: int = 0, same_time: int = 2, created_field: str = "created_at"
    ) -> None:
        self._shape = shape
        self._seed = seed
        self._same_time = same_time
        self._created_field = created_field
        self._made = 0
        self._items: list[Item] = []
        self._views: dict[Hashable, list[Item]] = {}
        self.resize(size)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __getitem__(self, at: int) -> Item:
        return self._items[at]

    def ids(self) -> list[str]:
        return [item.id for item in self._items]

    def insert(self, at: int | None = None, **fields: Any) -> Item:
        """Add a new item before position ``at`` (at the end without it); ``fields`` replace its own."""
        position = len(self._items) if at is None else at
        if not 0 <= position <= len(self._items):
            raise IndexError(f"no position {position} among {len(self._items)} items")
        item = self._make(self._place(position), fields)
        self._items.insert(position, item)
        self._views.clear()
        return item

    def delete(self, at: int) -> Item:
        self._views.clear()
        return self._items.pop(at)

    def resize(self, size: int) -> None:
        """Grow or shrink at the end."""
        del self._items[size:]
        self._views.clear()
        while len(self._items) < size:
            self._items.append(self._make(self._place(len(self._items)), {}))

    def view(self, key: Hashable, build: Callable[[], list[Item]]) -> list[Item]:
        """A list derived from the items, kept under ``key`` until the items change."""
        if key not in self._views:
            if len(self._views) >= 64:  # noqa: PLR2004 - a bound for whoever varies a filter
                self._views.clear()
            self._views[key] = build()
        return self._views[key]

    def _place(self, position: int) -> Fraction:
        before = self._items[position - 1].place if position else None
        after = self._items[position].place if position < len(self._items) else None
        if after is None:
            return Fraction(0) if before is None else before + 1
        return after - 1 if before is None else (before + after) / 2

    def _make(self, place: Fraction, fields: dict[str, Any]) -> Item:
        made = self._shape(self._seedling(self._made)) | fields
        self._made += 1
        created = datetime.fromisoformat(made[self._created_field])
        if created.tzinfo is None:
            created = created.replace(tzinfo=UTC)
        return Item(str(made["id"]), created, place, made, orjson.dumps(made))

    def _seedling(self, number: int) -> Seedling:
        random = Random(f"{self._seed}:{number}")
        created = self._created(number // self._same_time)
        topic, kind, team = random.choice(_TOPICS), random.choice(_KINDS), random.choice(_TEAMS)
        return Seedling(
            number=number,
            random=random,
            name=f"{topic} {kind} {number}",
            description=random.choice((None, f"{kind} for {topic.lower()} of the {team} team")),
            created=created,
            updated=created + timedelta(seconds=random.randrange(90 * 86400)),
        )

    def _created(self, slot: int) -> datetime:
        """Later slots are mostly, but not always, later in time; every fourth has a fraction of a second."""
        random = Random(f"{self._seed}:slot:{slot}")
        fraction = random.randrange(1, 1_000_000) if slot % 4 == 3 else 0  # noqa: PLR2004
        return _EPOCH + timedelta(minutes=7 * slot + random.randrange(60), microseconds=fraction)
