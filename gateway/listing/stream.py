"""One provider's list from a place on, page by page: what is ready to be taken, and where that leaves the walk.

Rules:

1. A failed provider is a value: ``failure`` is set here and nowhere else, and nothing is raised.
2. The place moves by what was *taken*, not by what was read: what the page did not need is read again, from the cache.
3. An item that cannot be used is counted and passed over; it never stops a walk.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.store import KnowledgeStore, RawItem
from gateway.listing.align import expected, find
from gateway.listing.merge import Supply
from gateway.listing.position import At, End, Lost, Place, Position, Start, turned
from gateway.listing.realign import Found, realign
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Origin, Page, PageToken
from gateway.provider.provider import Provider

#: pages without anything new that one request follows before it answers with what it has
MAX_IDLE_NOW = 5
#: the same over all requests of a walk: beyond it the provider is going nowhere
MAX_IDLE = 50
#: pages that did not go on where they should, over all requests, once a list has shown that its order does not hold
MAX_ASTRAY = 500


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page in hand, entered at ``entry`` (the first raw item that was new).

    ``idle`` as in ``At``; ``astray`` is what it becomes as soon as something is taken: 0 while the order holds.
    """

    page: Page
    token: PageToken | None = field(repr=False)
    entry: int
    anchors: tuple[bytes, ...]
    ordinal: int
    mark: bytes
    next_mark: bytes
    idle: int
    astray: int


@dataclass(frozen=True, slots=True)
class Head:
    """``index`` raw items of the leaf are used; ``bad`` of all that were used in this request were refused."""

    leaf: Leaf
    index: int
    bad: int


@dataclass(frozen=True, slots=True)
class Item:
    store: KnowledgeStore = field(repr=False)
    raw: RawItem = field(repr=False)
    after: Head


class ProviderStream:
    """``place`` is where the walk stood; ``settle`` says where it stands after what was taken."""

    def __init__(
        self,
        *,
        place: Place,
        provider: Provider,
        fetch: Fetch,
        request: PageRequest,
        deadline: Deadline,
        anchors: int,
    ) -> None:
        self.place = place
        self.failure: UpstreamError | None = None
        self.scanning = False
        self.origins: list[Origin] = []
        self.waited = 0.0
        self._provider = provider
        self._fetch = fetch
        self._request = request
        self._deadline = deadline
        self._anchors = anchors
        self._ready: deque[Item] = deque()
        self._head: Head | None = None
        self._taken: Head | None = None
        self._sent = 0
        self._idle_now = 0
        self._ended = place.ended
        self._lost = place.lost
        self._total = place.total

    @property
    def supply(self) -> Supply:
        """What is ready, and whether ``fill`` may bring more."""
        return Supply(len(self._ready), open=not (self._ended or self.failure or self.scanning))

    @property
    def offer(self) -> Supply:
        """What is ready once nothing more is filled, and whether its turn must wait for a later request."""
        return Supply(len(self._ready), open=self.scanning)

    @property
    def _drifted(self) -> bool:
        return bool(self._lost & Lost.DRIFTED)

    async def fill(self, wanted: int) -> None:
        """Read on until ``wanted`` items are ready, or there are no more for now. Never raises."""
        try:
            while len(self._ready) < wanted and self.supply.open:
                if self._head is None or self._head.index == len(self._head.leaf.page.items):
                    await self._turn_page(self._head)
                else:
                    self._read_item(self._head)
        except UpstreamError as failure:
            self.failure = failure
        except TimeoutError:
            self.failure = UpstreamError(FailureCode.TIMEOUT, "no answer within the deadline of the request")

    def take(self) -> Item:
        item = self._ready.popleft()
        self._taken = item.after
        self._sent += 1
        return item

    def settle(self) -> Place:
        """The place after what was taken."""
        head = self._taken if self._ready else self._head
        position = self.place.position if head is None else self._position(head)
        return replace(
            self.place,
            position=position,
            sent=self.place.sent + self._sent,
            bad=self.place.bad + (head.bad if head else 0),
            total=self._total,
            attempts=self.place.attempts + 1 if self.failure else 0,
            lost=self._lost | (Lost.BAD_ITEM if head and head.bad else Lost.NOTHING),
            inexact=self.place.inexact or any(origin.stale for origin in self.origins),
        )

    def _read_item(self, head: Head) -> None:
        raw = head.leaf.page.items[head.index]
        store = self._provider.store(raw)
        self._head = Head(head.leaf, head.index + 1, head.bad + (store is None))
        if store is not None:
            self._ready.append(Item(store, raw, self._head))

    async def _turn_page(self, head: Head | None) -> None:
        if head is None:
            position = self.place.position
        elif head.leaf.page.next is None:
            self._ended = True
            return
        else:
            position = self._position(head)
        if isinstance(position, End):
            self._ended = True
            return
        await self._enter(position, head.bad if head else 0)

    async def _enter(self, position: Start | At, bad: int) -> None:
        """Fetch the page at a position and stand where the walk goes on in it."""
        at = At(None, 0) if isinstance(position, Start) else position
        mark = turned(at.mark, at.ordinal, at.token)
        if mark is None:
            raise UpstreamError(FailureCode.LOOP, "its pages lead in a circle")
        page = await (self._page_past_cache if self._alone(at) else self._page)(at.token)
        stands = await self._stands(at, page)
        found = Found(at.token, page, at.skip, at.anchors) if stands else await self._look_around(at, page)
        page, index = found.page, found.index
        if self._ends(at, page, index, stands=stands):
            page = replace(page, next=None)
        leaf = Leaf(
            page=page,
            token=found.token or None,
            entry=index,
            anchors=found.anchors,
            ordinal=at.ordinal,
            mark=at.mark,
            next_mark=mark if stands else at.mark,
            idle=at.idle,
            astray=at.idle + (not stands) if self._drifted else 0,
        )
        if index == len(page.items) and page.next is not None:
            self._idle(leaf)  # before the walk stands on it: a provider that is given up must not seem to advance
        self._head = Head(leaf, index, bad)
        if not stands and not self._ready:
            self._taken = self._head  # what was found again is kept, even where nothing is taken of it

    async def _stands(self, at: At, page: Page) -> bool:
        """Whether the list stands as it stood: the page goes on where the walk left off."""
        hash_of = self._provider.hash
        if not self._alone(at):
            return expected(page.items, at.skip, at.anchors, hash_of)
        if find(page.items, at.anchors, hash_of):
            return False
        if self._drifted:
            return True
        assert isinstance(at.token, int)
        before = await self._page_past_cache(at.token - 1)
        return expected(before.items, 1, at.anchors, hash_of)

    def _alone(self, at: At) -> bool:
        """Whether nothing overlaps: one item at a time. Only fresh pages, side by side, show that it has not moved."""
        return at.skip == 0 and bool(at.anchors) and self._provider.traits.overlap > 0 and isinstance(at.token, int)

    def _ends(self, at: At, page: Page, index: int, *, stands: bool) -> bool:
        """Whether a page that promises nothing brought nothing: just entered and as expected, or twice running."""
        entered = at.token is not None and at.skip <= self._provider.traits.overlap
        return index == len(page.items) and not page.promised and (at.idle > 0 or (stands and entered))

    async def _look_around(self, at: At, page: Page) -> Found:
        if self._drifted:  # said already; another search might never end in a list without any order
            if at.idle >= MAX_ASTRAY:
                raise UpstreamError(FailureCode.LOOP, "page after page in another order")
            place = find(page.items, at.anchors, self._provider.hash)
            return Found(at.token, page, place.index if place else min(at.skip, len(page.items)), at.anchors)
        found = await realign(self._provider, at, self._page_past_cache)
        if found.drifted or self._overrun(found.page, found.token):
            self._lost |= Lost.DRIFTED
        return found

    def _overrun(self, page: Page, token: PageToken | None) -> bool:
        """Whether far more was used than the list can hold: its order cannot have held."""
        extent = (token if isinstance(token, int) else 0) + len(page.items)
        used = self.place.sent + self.place.bad
        return used > 4 * max(extent, self._total or 0) + 100

    def _idle(self, leaf: Leaf) -> None:
        """A page that brought nothing new, though it is not the last."""
        if leaf.idle >= (MAX_ASTRAY if self._drifted else MAX_IDLE):
            raise UpstreamError(FailureCode.LOOP, "page after page without anything new")
        self._idle_now += 1
        self.scanning = self._idle_now >= MAX_IDLE_NOW

    def _position(self, head: Head) -> Position:
        leaf, page = head.leaf, head.leaf.page
        anchors = self._anchors_at(leaf, head.index)
        if head.index < len(page.items):
            idle = leaf.idle if head.index == leaf.entry else leaf.astray
            return At(leaf.token, head.index, anchors, leaf.ordinal, leaf.mark, idle)
        if page.next is None:
            return End()
        idle = leaf.astray if leaf.entry < len(page.items) else leaf.idle + 1
        return At(page.next, page.overlap, anchors, leaf.ordinal + 1, leaf.next_mark, idle)

    def _anchors_at(self, leaf: Leaf, index: int) -> tuple[bytes, ...]:
        newest = leaf.page.items[max(leaf.entry, index - self._anchors) : index]
        return (*leaf.anchors, *map(self._provider.hash, newest))[-self._anchors :]

    async def _page(self, token: PageToken | None) -> Page:
        return await self._ask(replace(self._request, token=token or None))

    async def _page_past_cache(self, token: PageToken | None) -> Page:
        return await self._ask(replace(self._request, token=token or None, max_age=0.0))

    async def _ask(self, request: PageRequest) -> Page:
        clock = self._deadline.clock
        began = clock.monotonic()
        try:
            page = await self._fetch(request, self._deadline)
        finally:
            self.waited += clock.monotonic() - began
        self.origins.append(page.origin)
        if page.total is not None:
            self._total = page.total
        return page


def anchors_for(providers: int, most: int) -> int:
    """How many anchors each place holds: fewer with many providers, so that the cursor stays small; never under two."""
    return max(2, min(most, 80 // max(1, providers)))
