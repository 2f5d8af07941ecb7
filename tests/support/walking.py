"""A client that walks a listing to its end, whatever happens on the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import cycle, repeat

from gateway.core.deadline import Deadline
from gateway.core.events import Event
from gateway.core.query import ListQuery, PageOptions
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.issue import CursorIssuer, TicketStore
from gateway.listing.listing import Listing
from gateway.listing.outcome import NothingDelivered, WalkFailed
from gateway.listing.report import ListingPage
from gateway.provider.fetch import Fetch
from gateway.provider.provider import Provider
from tests.support.clock import ManualClock
from tests.support.lists import PageCache, UpstreamList, Upstreams, provider

KEY = CursorKey(bytes(range(64)))
FAILED_ROUNDS = 3


class Endless(Exception):
    """A walk went on for longer than it may."""


@dataclass
class Walk:
    """What a client saw: ``refused`` counts the answers without a page, ``failed`` says that the walk ended in one."""

    pages: list[ListingPage] = field(default_factory=list)
    refused: int = 0
    failed: bool = False

    @property
    def items(self) -> list[str]:
        return [item["id"] for page in self.pages for item in page.items]

    def of(self, name: str) -> list[str]:
        return [item["native_id"] for page in self.pages for item in page.items if item["provider"] == name]

    @property
    def last(self) -> ListingPage:
        return self.pages[-1]

    def lost(self, name: str) -> str | None:
        (place,) = [part.place for part in self.last.parts if part.place.provider == name]
        return place.lost.reason()


class Service:
    """The engine over simulated lists, one provider each, all of them the tenant's."""

    def __init__(
        self,
        lists: Mapping[str, UpstreamList],
        *,
        cache: bool = True,
        sizes: Mapping[str, int] | None = None,
        tickets: TicketStore | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.upstreams = Upstreams(lists, self.clock)
        self.tenant = Tenant("acme", tuple(sorted(lists)))
        self.providers: dict[str, Provider] = {
            name: provider(upstream.type, name, page_size=(sizes or {}).get(name)) for name, upstream in lists.items()
        }
        self.events: list[Event] = []
        self.fetch: Fetch = PageCache(self.upstreams) if cache else self.upstreams
        self.listing = self._listing(tickets)

    def _listing(self, tickets: TicketStore | None) -> Listing:
        codec = CursorCodec(keys=[KEY], environment="test", route="/v1/knowledge-stores")
        return Listing(
            find=lambda tenant, name: self.providers.get(name) if name in tenant.providers else None,
            fetch=self.fetch,
            issuer=CursorIssuer(codec=codec, tickets=tickets, clock=self.clock, max_age=86_400),
            observer=self.events.append,
            failed_rounds=FAILED_ROUNDS,
            anchors=8,
        )

    def flush(self) -> None:
        """Forget every cached page."""
        self.fetch = self.listing._fetch = PageCache(self.upstreams)

    async def page(
        self,
        cursor: str | None = None,
        limit: int = 20,
        *,
        strict: bool = False,
        raw: bool = False,
        only: tuple[str, ...] | None = None,
        tenant: Tenant | None = None,
        max_age: float | None = None,
    ) -> ListingPage:
        return await self.listing.page(
            tenant=tenant or self.tenant,
            query=ListQuery(only),
            cursor=cursor,
            options=PageOptions(limit, strict=strict, raw=raw, max_age=max_age),
            deadline=Deadline.after(10, self.clock),
            request_id="r1",
        )

    async def walk(self, limits: Iterable[int] = (20,), *, most: int = 10_000, cursor: str | None = None) -> Walk:
        """Follow the cursors to the end, with these limits over and over. Raises ``Endless`` after ``most`` answers."""
        walk = Walk()
        for limit, _ in zip(cycle(limits), repeat(None, most), strict=False):
            try:
                page = await self.page(cursor, limit)
            except NothingDelivered as nothing:
                walk.refused += 1
                cursor = nothing.next_cursor
                continue
            except WalkFailed:
                walk.failed = True
                return walk
            walk.pages.append(page)
            cursor = page.next_cursor
            if cursor is None:
                return walk
        raise Endless(most)
