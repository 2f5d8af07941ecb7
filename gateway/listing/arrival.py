"""Arriving at the place where a walk stood: whether the list still goes on there, and where it does if not.

Rules: a page shows by itself that the list has not moved where it overlaps with the former one, else the page before,
or where items lead on the list's first one, is read as well, fresh and after it; a page of tokens must not bring
anything that was used, nor the list's first items; what does not stand as it stood is searched for (``search``), unless
the list has shown that it has no order.
"""

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.record import Record
from gateway.core.store import RawItem
from gateway.listing.align import comes_again, expected, find, rewound
from gateway.listing.asking import Asking
from gateway.listing.position import FRUITLESS, At, Lost, Place, Seeking
from gateway.listing.search import Found, Search
from gateway.provider.page import Page, PageToken
from gateway.provider.paging import Traits
from gateway.provider.provider import Provider
from gateway.provider.reply import GONE

#: pages that did not go on where they should, over all requests, once a list has shown that its order does not hold
MAX_ASTRAY = 500
#: how often a walk begins again at one provider before the provider is given up
MAX_RESTARTS = 255

_NOTHING_THERE = Page(items=[], next=None, overlap=0, promised=False, total=None, fetched_at=0.0)


class Arrival(Record, frozen=True):
    """The page at ``token`` goes on at ``index``; ``newer`` of the newest anchors are not before it.

    ``apart`` are anchors that are to be passed over where they come.
    ``stands``: just where it should. ``lost`` is what this cost; ``restarted``: some of the walk begins again.
    """

    unseen = frozenset({"token"})

    token: PageToken | None
    page: Page
    index: int
    newer: int = 0
    apart: tuple[bytes, ...] = ()
    stands: bool = False
    lost: Lost = Lost.NOTHING
    disordered: bool = False
    restarted: bool = False


class Arriving:
    """For one provider and one request.

    ``gone`` is the last answer that a page is not there; ``moved``: something did not stand as it stood, so that what
    is cached behind it may lead astray again. ``cuts``: whether a search may be cut, because the cursor holds it.
    """

    def __init__(self, *, provider: Provider, place: Place, ask: Asking, cuts: bool) -> None:
        self.gone: UpstreamError | None = None
        self.moved = False
        self._provider = provider
        self._ask = ask
        self._disordered = place.disordered
        self._restarts = place.restarts
        self._cuts = cuts
        self._led: tuple[str, Page | None] | None = None  # what was read last, by a token: it may work once

    async def arrive(self, position: At | Seeking, used: int, total: int | None) -> Arrival | Seeking:
        """``used`` items of the list came in this walk, of ``total`` that it says it has. Raises ``UpstreamError``."""
        if isinstance(position, Seeking):
            self.moved = True
            return await self._concluded(position.at, await self._search().go_on(position), used)
        entering = position.skip <= self._provider.traits.overlap
        self.moved |= position.idle >= FRUITLESS or (entering and self._restarts > 0)
        page = await self._entered(position)
        if page is not None and await self._stands(position, page, used, total):
            return Arrival(position.token, page, position.skip, stands=True)
        if self._disordered:
            return self._astray(position, page)
        self.moved = True
        return await self._concluded(position, await self._search().begin(position, gone=page is None), used)

    async def shows(self, token: PageToken | None, items: list[RawItem]) -> bool:
        """Whether just these are on that page now. Raises ``UpstreamError``."""
        page = await self._fresh(token)
        return page is not None and page.items == items

    async def _entered(self, at: At) -> Page | None:
        """The page to arrive at: a fresh one where nothing overlaps, unless an item led to it and it is empty."""
        if not self._alone(at):
            return await self._there(at.token, fresh=False)
        if isinstance(at.token, str):
            page = await self._there(at.token, fresh=False)
            if page is None or not page.items or page.origin.tier == "upstream":
                return page
        return await self._there(at.token, fresh=True)

    def _search(self) -> Search:
        return Search(self._provider, self._fresh, cuts=self._cuts)

    async def _fresh(self, token: PageToken | None) -> Page | None:
        page = await self._there(token, fresh=True)
        self._led = (token, page) if isinstance(token, str) else None
        return page

    async def _there(self, token: PageToken | None, *, fresh: bool) -> Page | None:
        """The page; where the server says that there is none, an empty one behind the last, or None for a token."""
        if self._led and self._led[0] == token:
            return self._led[1]
        try:
            return await self._ask(token, fresh=fresh or self.moved)
        except UpstreamError as error:
            if token is None or error.status not in GONE:
                raise
            self.gone = error.with_traceback(None)  # which knows this frame, and so all of this
        if isinstance(token, str):
            return None
        await self._beginning()  # raises where it is the list itself that is not there
        return _NOTHING_THERE

    async def _stands(self, at: At, page: Page, used: int, total: int | None) -> bool:
        """Whether the list stands as it stood: the page goes on where the walk left off."""
        hash_of = self._provider.hash
        if at.skip or not at.anchors:
            return expected(page.items, at.skip, at.anchors, hash_of)
        if comes_again(page.items, at, hash_of):
            return False
        if isinstance(at.token, str):
            return await self._leads_on(at, page, used, total)
        return self._disordered or not self._alone(at) or await self._follows(at)

    async def _leads_on(self, at: At, page: Page, used: int, total: int | None) -> bool:
        """Whether a token led on: neither back to the list's beginning nor, too early, to nothing."""
        if page.items or page.next is not None:
            hash_of = self._provider.hash
            if any(hash_of(raw) in at.first for raw in page.items if at.first):
                return False
            believed = self._disordered or not self._alone(at)
            return believed or not rewound(page.items, (await self._beginning()).items, hash_of)
        fewer = total is not None and used < total
        broken = self._provider.traits.keyed and at.due
        return at.idle >= FRUITLESS or not (fewer or broken)

    async def _follows(self, at: At) -> bool:
        """Whether the page before, read after this one, ends with what was used last."""
        overlap = self._provider.traits.overlap
        before = await self._fresh(self._provider.before(at.token, 1 + overlap))
        if not before or not before.items:
            return False
        return expected(before.items, 1 if overlap else len(before.items), at.anchors, self._provider.hash)

    async def _beginning(self) -> Page:
        return await self._ask(None, fresh=True)

    def _alone(self, at: At) -> bool:
        return alone(at, self._provider.traits)

    def _astray(self, at: At, page: Page | None) -> Arrival:
        """Without a search, which might never end in a list without any order."""
        if page is None:
            raise self.gone or UpstreamError(FailureCode.LOOP, "a page that is gone from a list without order")
        if at.idle >= MAX_ASTRAY:
            raise UpstreamError(FailureCode.LOOP, "page after page in another order")
        place = find(page.items, at.anchors, self._provider.hash)
        index = place.index if place else min(at.skip, len(page.items))
        return Arrival(at.token, page, index, lost=Lost.DRIFTED, disordered=True)

    async def _concluded(self, at: At, found: Found | Seeking | None, used: int) -> Arrival | Seeking:
        if isinstance(found, Seeking):
            return found
        if found is None or (found.alone and used <= len(at.anchors)):  # beginning again repeats nothing then
            return await self._start_over(at, used)
        again = found.repeats or _overrun(found, used)
        lost = self._repeating(at) if again else Lost.NOTHING
        return Arrival(
            found.token,
            found.page,
            found.index,
            found.newer,
            found.apart,
            lost=lost if found.ordered else lost | Lost.DRIFTED,
            disordered=not found.ordered,
            restarted=again,
        )

    async def _start_over(self, at: At, used: int) -> Arrival:
        """From the beginning: what was used comes again, unless all of it is gone."""
        page = await self._beginning()
        repeats = used > len(at.anchors) and (page.items or page.next is not None)
        lost = self._repeating(at) if repeats else Lost.NOTHING
        return Arrival(None, page, 0, len(at.anchors), at.anchors, lost=lost, restarted=True)

    def _repeating(self, at: At) -> Lost:
        """Why items may come again. Raises ``UpstreamError`` (``loop``) where that is once too often."""
        if self._restarts >= MAX_RESTARTS:
            raise UpstreamError(FailureCode.LOOP, "its place was lost time after time")
        return Lost.TOKEN_EXPIRED if self.gone and isinstance(at.token, str) else Lost.DRIFTED


def alone(at: At, traits: Traits) -> bool:
    """Whether nothing overlaps. Then only fresh pages, side by side, show that the list has not moved."""
    return at.token is not None and at.skip == 0 and bool(at.anchors) and (traits.rereads or traits.overlap > 0)


def _overrun(found: Found, used: int) -> bool:
    """Whether far more was used than the list holds, where that can be told: its order has not held, or it shrank."""
    if not isinstance(found.token, int):
        return False
    return used > 4 * max(found.token + len(found.page.items), found.page.total or 0) + 100
