"""One provider's list from a place on, page by page: what is ready to be taken, and where that leaves the walk.

Rules:

1. A failed provider is a value: ``failure`` is set here and nowhere else, and nothing is raised.
2. The place moves by what was *taken*, not by what was read: what the page did not need is read again, from the cache.
3. An item that cannot be used is counted and passed over; one that the page holds twice comes once.
"""

from collections import deque
from http import HTTPStatus

from msgspec.structs import replace

from gateway.core.errors import FailureCode, UpstreamError
from gateway.listing.ahead import following
from gateway.listing.arrival import MAX_ASTRAY, MAX_RESTARTS, Arrival, Arriving
from gateway.listing.asking import Asking
from gateway.listing.leaf import Head, Item, entered, position
from gateway.listing.merge import Supply
from gateway.listing.position import At, End, Lost, Place, Position, Seeking, Start, token_hash, turned
from gateway.provider.fetch import PageRequest
from gateway.provider.page import PageToken
from gateway.provider.provider import Provider

#: pages without anything new that one request follows before it answers with what it has
MAX_IDLE_NOW = 5
#: the same over all requests of a walk: beyond it the provider is going nowhere
MAX_IDLE = 200


class ProviderStream:
    """``place`` is where the walk stood; ``settle`` says where it stands after what was taken."""

    def __init__(
        self,
        *,
        place: Place,
        provider: Provider,
        asking: Asking,
        anchors: int,
        cuts: bool,
    ) -> None:
        self.place = place
        self.failure: UpstreamError | None = None
        self.scanning = False
        self.asking = asking
        self._provider = provider
        self._anchors = anchors
        self._arriving = Arriving(provider=provider, place=place, ask=asking, cuts=cuts)
        self._ready: deque[Item] = deque()
        self._head: Head | None = None
        self._taken: Head | None = None
        self._seeking: Seeking | None = None
        self._sent = 0
        self._idle_now = 0
        self._fruitless = False
        self._useful = False
        self._ended = place.ended
        self._lost = place.lost
        self._disordered = place.disordered
        self._restarts = place.restarts

    @property
    def supply(self) -> Supply:
        """What is ready, and whether ``fill`` may bring more."""
        return Supply(len(self._ready), open=self._open)

    @property
    def offer(self) -> Supply:
        """What is ready once nothing more is filled, and whether its turn must wait for a later request."""
        return Supply(len(self._ready), open=self.scanning)

    async def fill(self, wanted: int) -> None:
        """Read on until ``wanted`` items are ready, or there are no more for now. Never raises."""
        try:
            while len(self._ready) < wanted and self._open:
                if self._head is None or self._head.spent:
                    await self._turn_page(self._head)
                else:
                    self._read_items(self._head, wanted)
        except UpstreamError as failure:
            self.failure = failure.with_traceback(None)  # which knows this stream, and every page that it holds
        except TimeoutError:
            self.failure = UpstreamError(FailureCode.TIMEOUT, "no answer within the deadline of the request")

    def take(self) -> Item:
        item = self._ready.popleft()
        self._taken = item.after
        self._sent += 1
        return item

    def settle(self) -> Place:
        """The place after what was taken."""
        place, head = self.place, self._taken if self._ready else self._head
        return Place(
            provider=place.provider,
            meaning=place.meaning,
            position=self._stand(head),
            sent=place.sent + self._sent,
            bad=place.bad + (head.bad if head else 0),
            total=self.asking.total,
            attempts=place.attempts + 1 if self.failure else 0,
            lost=self._lost | Lost.BAD_ITEM if head and head.bad else self._lost,
            inexact=place.inexact or any(origin.stale for origin in self.asking.origins),
            disordered=self._disordered,
            restarts=self._restarts,
        )

    def ahead(self) -> PageRequest | None:
        """The upstream page that the next page of this walk will ask for, where that is known (see ``ahead``)."""
        head = self._taken if self._ready else self._head
        steady = self.place.began and not (self._arriving.moved or self._disordered or self._restarts)
        if head is None or not steady or self.failure or self.scanning or self.asking.request.max_age is not None:
            return None
        came = self.place.sent + self._sent + self.place.bad + head.bad
        token = following(head, self._provider, taken=self._sent, came=came, total=self.asking.total)
        return None if token is None else replace(self.asking.request, token=token)

    def _stand(self, head: Head | None) -> Position:
        at = self.place.position if head is None else position(head, self._provider, self._anchors)
        if not self._ready:
            return self._seeking or at
        if isinstance(at, At) and not self._disordered:  # there is something new, though it was not its turn
            return replace(at, idle=0)
        return at

    def _read_items(self, head: Head, wanted: int) -> None:
        """Go on in the page in hand until ``wanted`` items are ready, or it is spent."""
        leaf, index, bad = head.leaf, head.index, head.bad
        items, ready = leaf.page.items, self._ready
        while index < len(items) and len(ready) < wanted:
            raw, passed = items[index], index in leaf.passed
            store = None if passed else self._provider.store(raw)
            index, bad = index + 1, bad + (store is None and not passed)
            if store is not None:
                ready.append(Item(store, raw, Head(leaf, index, bad)))
                self._useful = True
        self._head = Head(leaf, index, bad)

    async def _turn_page(self, head: Head | None) -> None:
        at = self.place.position if head is None else position(head, self._provider, self._anchors)
        if isinstance(at, End):
            self._ended = True
            return
        if head and not self._useful and head.index > head.leaf.news:
            self._pause()  # all of its items were refused
        if not self.scanning:
            self._useful = False
            await self._enter(At(None, 0) if isinstance(at, Start) else at, head.bad if head else 0)

    async def _enter(self, place: At | Seeking, bad: int) -> None:
        """Arrive at a place and stand where the walk goes on in its page."""
        at = place.at if isinstance(place, Seeking) else place
        arrival = await self._arriving.arrive(place, self._used, self.asking.total)
        if isinstance(arrival, Seeking):
            self._seeking, self.scanning = arrival, True
            return
        mark = self._turned(at, arrival)
        self._note(arrival)
        if await self._ends(at, arrival):
            arrival = replace(arrival, page=replace(arrival.page, next=None))
        leaf = entered(at, arrival, self._provider, next_mark=mark, disordered=self._disordered, anchors=self._anchors)
        head = Head(leaf, leaf.news, bad)
        if head.spent and arrival.page.next is not None:
            self._idle(leaf.idle)  # before the walk stands on it: a provider that is given up must not seem to advance
        self._head, self._seeking = head, None
        if not arrival.stands and not self._ready:
            self._taken = head  # what was found again is kept, even where nothing is taken of it

    async def _ends(self, at: At, arrival: Arrival) -> bool:
        """Whether a page that promises nothing is behind the end.

        It is empty; or it brings what was used, and so did the one before it, a moment ago, where it was searched for.
        One that goes on as expected, and only repeats the end of the former, may be all that the server sent this time.
        """
        page, again = arrival.page, self._fruitless
        spent = arrival.index == len(page.items)
        self._fruitless = spent and not arrival.stands
        if not spent or page.promised:
            return False
        if arrival.stands:
            entered = at.skip <= self._provider.traits.overlap
            ends = not page.items and at.token is not None and (entered or at.idle > 0)
        else:
            ends = again and self._head is not None and await self._is_last(at, arrival, self._head.leaf.token)
        if ends and isinstance(at.token, int):
            self._check_refusal()
        return ends

    async def _is_last(self, at: At, arrival: Arrival, former: PageToken | None) -> bool:
        """Whether a used page is the last: it stands at two places now, or there is nothing behind it.

        A list that grows in front pushes the same page on and on: only a look back tells that from the end.
        """
        if not isinstance(at.token, int):
            return False
        if arrival.token == at.token:
            return await self._arriving.shows(former, arrival.page.items)
        return arrival.page.next == at.token and await self._arriving.shows(at.token, [])

    def _check_refusal(self) -> None:
        """A server that refuses to go on, where it states that there is more, has not said that the list has ended."""
        gone, total = self._arriving.gone, self.asking.total
        if gone and gone.status != HTTPStatus.NOT_FOUND and total is not None and self._used < total:
            raise gone

    @property
    def _open(self) -> bool:
        return not (self._ended or self.failure or self.scanning)

    @property
    def _used(self) -> int:
        bad = self._head.bad if self._head else 0
        return self.place.sent + self.place.bad + self._sent + len(self._ready) + bad

    def _turned(self, at: At, arrival: Arrival) -> bytes:
        """The mark after that page. Raises ``UpstreamError`` (``loop``) where it starts as an earlier one did."""
        items, led = arrival.page.items, isinstance(at.token, str) and arrival.stands
        seen = token_hash(at.token) if led else b""
        overlap = self._provider.traits.overlap  # what it repeats of the former page
        if led and len(items) > overlap:
            seen = self._provider.hash(items[overlap])
        mark = turned(at.mark, at.ordinal, seen)
        if mark is None:
            raise UpstreamError(FailureCode.LOOP, "its pages lead in a circle")
        return mark

    def _note(self, arrival: Arrival) -> None:
        if arrival.lost:
            self._lost |= arrival.lost
        self._disordered = self._disordered or arrival.disordered
        self._restarts = min(self._restarts + arrival.restarted, MAX_RESTARTS)  # some repeat nothing, and may be more

    def _idle(self, idle: int) -> None:
        """A page that brought nothing new, though it is not the last."""
        if idle >= (MAX_ASTRAY if self._disordered else MAX_IDLE):
            raise self._arriving.gone or UpstreamError(FailureCode.LOOP, "page after page without anything new")
        self._pause()

    def _pause(self) -> None:
        """One more page without anything to deliver: after some, the request answers with what it has."""
        self._idle_now += 1
        self.scanning = self._idle_now >= MAX_IDLE_NOW


def anchors_for(providers: int, most: int) -> int:
    """How many anchors each place holds: fewer with many providers, so that the cursor stays small; never under two."""
    return max(2, min(most, 80 // max(1, providers)))
