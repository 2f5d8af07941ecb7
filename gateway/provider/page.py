"""One upstream page and where it came from."""

from typing import Literal

from gateway.core.record import Record
from gateway.core.store import RawItem
from gateway.provider.validator import Validator

#: where an upstream page starts, in the provider's own terms: an offset, or the token it handed out
PageToken = int | str


class Origin(Record, frozen=True):
    """How a page came to be here. ``age`` and ``ttl`` (freshness left, may be negative) are in seconds."""

    tier: Literal["upstream", "memory", "redis"] = "upstream"
    age: float = 0.0
    ttl: float = 0.0
    stale: bool = False
    """Served because the provider failed: the walk can no longer be exact."""
    collapsed: bool = False
    """Waited for a fetch that another request had begun."""
    stored: bool = False
    forwarded: Literal["uri-miss", "stale", "request", "bypass"] | None = None
    """Why the cache did not answer (RFC 9211, section 2.2)."""
    status: int = 200
    """The upstream's, where it was asked."""


class Page(Record, frozen=True):
    """One upstream page: its raw items in the upstream's order, and where the next one starts.

    ``next`` is None where the end was declared; ``promised`` says that the upstream itself said that more follows.
    ``overlap`` of the next page's first items are the last of this one. ``fetched_at`` is Unix time in seconds.
    ``validator``: by what the upstream can be asked whether the page is still as it was then.
    """

    unseen = frozenset({"items", "next"})

    items: list[RawItem]
    next: PageToken | None
    overlap: int
    promised: bool
    total: int | None
    fetched_at: float
    origin: Origin = Origin()
    validator: Validator | None = None
