"""Replicas of the engine over the same simulated lists, each as it is set up, and walks that change between them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from gateway.core.deadline import Deadline
from gateway.core.events import ignore
from gateway.core.query import ListQuery, PageOptions
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.cursor import CURRENT
from gateway.listing.issue import CursorIssuer
from gateway.listing.listing import Listing
from gateway.listing.outcome import NothingDelivered
from gateway.listing.report import ListingPage
from gateway.provider.fetch import Fetch
from gateway.provider.provider import Provider
from tests.support.clock import ManualClock
from tests.support.lists import PageCache
from tests.support.simulated import STYLES, SimulatedList
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import provider
from tests.support.walking import FAILED_ROUNDS, KEY, Endless, Walk

#: items that a provider is asked for at a time
SIZE = 4


@dataclass(frozen=True)
class Setup:
    """What one replica is configured with. ``permitted``: what the tenant may list; None: everything."""

    providers: Mapping[str, Provider]
    permitted: tuple[str, ...] | None = None
    keys: tuple[CursorKey, ...] = (KEY,)
    version: int = CURRENT
    anchors: int = 8

    @property
    def tenant(self) -> Tenant:
        return Tenant("acme", tuple(sorted(self.providers if self.permitted is None else self.permitted)))


class Fleet:
    """All replicas keep pages in one cache, as with Redis, or in none. ``asked``: every call to an upstream."""

    def __init__(self, lists: Mapping[str, SimulatedList], *, cache: bool = True) -> None:
        self.lists = lists
        self.clock = ManualClock()
        self._upstreams = SimulatedFetch(lists, self.clock)
        self._fetch: Fetch = PageCache(self._upstreams) if cache else self._upstreams
        self.asked = self._upstreams.asked

    def setup(self, *names: str, **changes: Any) -> Setup:
        """The providers of these lists, or of all."""
        found = {name: provider(self.lists[name].style, name, page_size=SIZE) for name in names or self.lists}
        return Setup(found, **changes)

    def expected(self) -> list[str]:
        """What a walk must bring, in any order."""
        return sorted(f"{name}:{id_}" for name, upstream in self.lists.items() for id_ in upstream.ids())

    async def page(self, setup: Setup, cursor: str | None = None, limit: int = 7, **options: Any) -> ListingPage:
        def find(tenant: Tenant, name: str) -> Provider | None:
            return setup.providers.get(name) if name in tenant.providers else None

        codec = CursorCodec(keys=setup.keys, environment="test", route="/v1/knowledge-stores")
        issuer = CursorIssuer(codec=codec, tickets=None, clock=self.clock, max_age=86_400, version=setup.version)
        listing = Listing(
            find=find,
            fetch=self._fetch,
            issuer=issuer,
            observer=ignore,
            failed_rounds=FAILED_ROUNDS,
            anchors=setup.anchors,
        )
        return await listing.page(
            tenant=setup.tenant,
            query=ListQuery(None),
            cursor=cursor,
            options=PageOptions(limit, **options),
            deadline=Deadline.after(10, self.clock),
            request_id="r1",
        )

    async def walk(
        self, setups: Iterable[Setup], limit: int = 7, *, cursor: str | None = None, most: int = 500
    ) -> Walk:
        """To the end; the n-th answer is that of the n-th setup. Raises ``Endless`` after ``most``."""
        walk = Walk()
        for setup, _ in zip(setups, range(most), strict=False):
            try:
                page = await self.page(setup, cursor, limit)
            except NothingDelivered as nothing:
                walk.refused += 1
                cursor = nothing.next_cursor
                continue
            walk.pages.append(page)
            cursor = page.next_cursor
            if cursor is None:
                return walk
        raise Endless(most)


def of_every_style(length: int = 9, **options: Any) -> Fleet:
    """A list of each pagination style, of slightly different lengths."""
    lists = {style: SimulatedList.of(style, stores(style, length + more)) for more, style in enumerate(STYLES)}
    return Fleet({name.replace("_", "-"): one for name, one in lists.items()}, **options)


def changing(before: Setup, after: Setup, *, pages: int = 2) -> Iterable[Setup]:
    """One replica that is set up otherwise after so many answers."""
    return chain([before] * pages, repeat(after))
