"""What a page says about itself: each provider's part in it, the total, and whether anything is missing. Pure."""

import math
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from gateway.core.errors import UpstreamError
from gateway.core.record import Record
from gateway.core.store import KnowledgeStore
from gateway.listing.position import GIVEN_UP, UNSURE, Place
from gateway.provider.page import Origin

Status = Literal["ok", "stale", "scanning", "failed", "excluded", "removed"]


class Failure(TypedDict):
    """``retry_after`` in whole seconds; ``attempts`` counts the pages in a row on which the provider failed."""

    code: str
    status: int | None
    retry_after: int | None
    attempts: int


class Filters(TypedDict):
    """Which filters ran at the provider, and which here."""

    pushed: list[str]
    residual: list[str]


class ProviderReport(TypedDict):
    """One provider's part in a page, as clients see it."""

    provider: str
    status: Status
    returned: int
    total: int | None
    exhausted: bool
    guarantee: Literal["exact", "best_effort"]
    filters: Filters
    lost: str | None
    lost_count: int | None
    error: Failure | None


class Total(TypedDict):
    value: int | None
    relation: Literal["exact", "at_least", "unknown"]


class Part(Record, frozen=True):
    """What one provider did on a page, and where that leaves it."""

    place: Place
    moved: bool = False
    returned: int = 0
    failure: UpstreamError | None = None
    scanning: bool = False
    removed: bool = False
    stable_order: bool = False
    origins: tuple[Origin, ...] = ()
    waited: float = 0.0

    @property
    def left(self) -> bool:
        """Whether it is neither read to its end nor given up."""
        return not (self.place.ended or (self.place.lost and self.place.lost & GIVEN_UP))

    @property
    def status(self) -> Status:
        if self.removed:
            return "removed"
        if self.failure:
            return "failed"
        if any(origin.stale for origin in self.origins):
            return "stale"
        return "scanning" if self.scanning else "ok"

    @property
    def total(self) -> int | None:
        return self.place.sent if self.place.ended else self.place.total


class ListingPage(Record, frozen=True):
    """``items`` in their final order, with ``raw`` where it was asked for; ``parts`` in the order of the providers."""

    unseen = frozenset({"items", "next_cursor"})

    items: list[KnowledgeStore]
    next_cursor: str | None
    parts: tuple[Part, ...]

    @property
    def complete(self) -> bool:
        return is_complete(self.parts)


def is_complete(parts: Sequence[Part]) -> bool:
    """Whether no provider is failed now and nothing of the walk is lost."""
    return not any(part.failure or part.removed or part.place.lost for part in parts)


def total(parts: Sequence[Part]) -> Total:
    """The sum of what is known; never used to decide where the end is."""
    known = [part.total for part in parts if part.total is not None]
    if not known and parts:
        return {"value": None, "relation": "unknown"}
    exact = len(known) == len(parts) and not any(part.place.lost for part in parts)
    return {"value": sum(known), "relation": "exact" if exact else "at_least"}


def report(part: Part) -> ProviderReport:
    place = part.place
    exact = part.stable_order and not place.inexact and not (place.lost and place.lost & UNSURE)
    return {
        "provider": place.provider,
        "status": part.status,
        "returned": part.returned,
        "total": part.total,
        "exhausted": place.ended,
        "guarantee": "exact" if exact else "best_effort",
        "filters": {"pushed": [], "residual": []},
        "lost": place.lost.reason(),
        "lost_count": place.bad or None,
        "error": _failure(part.failure, place.attempts) if part.failure else None,
    }


def _failure(error: UpstreamError, attempts: int) -> Failure:
    wait = None if error.retry_after is None else math.ceil(error.retry_after)
    return {"code": error.code.value, "status": error.status, "retry_after": wait, "attempts": attempts}


def body(page: ListingPage) -> dict[str, Any]:
    """The page as clients get it, in the order of its fields."""
    return {
        "items": page.items,
        "next_cursor": page.next_cursor,
        "has_more": page.next_cursor is not None,
        "total": total(page.parts),
        "complete": page.complete,
        "providers": [report(part) for part in page.parts],
    }
