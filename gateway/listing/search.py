"""Finding a place again in a list that has moved while it was walked, or whose token has expired.

Rules: look with fresh pages only, past the cache (looking into the old page again would loop); the anchors that still
stand together decide; a search is cut after some pages or at the deadline and goes on with the next request; where
it finds nothing in the whole list, the walk starts all over: repeat, never skip.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec.structs import replace

from gateway.core.errors import UpstreamError
from gateway.core.record import Record
from gateway.listing.align import comes_again, find, rewound
from gateway.listing.position import At, Seeking
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider

#: pages that one request reads for a search
MAX_SEARCHED = 12
#: pages that a search reads over all requests
MAX_SOUGHT = 2000

#: the page at a token, past the cache; None where the token is gone
Read = Callable[[PageToken | None], Awaitable[Page | None]]


class Found(Record, frozen=True):
    """The page at ``token`` goes on at ``index``, behind the anchor that decided; ``newer`` ones are not before it.

    ``apart`` are anchors that are to be passed over where they come; ``ordered`` False where they stand in another
    order than before; ``alone`` where the one that decided may have moved there by itself; ``repeats`` where items may
    come again.
    """

    unseen = frozenset({"token"})

    token: PageToken | None
    page: Page
    index: int
    newer: int = 0
    apart: tuple[bytes, ...] = ()
    ordered: bool = True
    alone: bool = False
    repeats: bool = False


class Search:
    """``read`` brings fresh pages. What it raises is passed on, unless it cuts a search that had got on.

    Without ``cuts`` nothing cuts it: one that began again with every request would never end.
    """

    def __init__(self, provider: Provider, read: Read, *, cuts: bool) -> None:
        self._cuts = cuts
        self._provider = provider
        self._read = read

    async def begin(self, at: At, *, gone: bool) -> Found | Seeking | None:
        """Where the walk goes on, where the search stands that is not at its end, or None: the place is lost.

        ``gone``: the page at the place's token is known not to be there.
        """
        page = None if gone else await self._read(at.token)
        if isinstance(at.token, str):
            return await self._begin_led(at, page)
        found = await self._look(at.token, page, at.anchors) if page else None
        if found and not found.alone:
            return found
        size = len(page.items) if page and page.next is not None else None
        return await self.go_on(Seeking(at, at.token, page.next if page else None, size, pages=1), found)

    async def go_on(self, seeking: Seeking, doubtful: Found | None = None) -> Found | Seeking | None:
        """The same, for a search that was cut; ``doubtful`` is taken where nothing better is found."""
        began = seeking.pages
        try:
            async for token, page, state in self._outward(seeking):
                found = await self._look(token, page, seeking.at.anchors)
                if found and not found.alone:
                    return found
                doubtful, seeking = doubtful or found, state
                if seeking.pages >= MAX_SOUGHT:
                    return doubtful
                if self._cuts and seeking.pages - began >= MAX_SEARCHED:
                    return seeking
        except (TimeoutError, UpstreamError):
            if not self._cuts or seeking.pages == began:
                raise
            return seeking
        return doubtful

    async def _begin_led(self, at: At, page: Page | None) -> Found | Seeking | None:
        """Where tokens lead through the list: either the token holds and the items have moved, or it does not hold."""
        first = await self._read(None)
        assert first is not None
        hash_of = self._provider.hash
        if page and not rewound(page.items, first.items, hash_of) and (found := await self._behind(at, page)):
            return found
        found = await self._look(None, first, at.anchors)
        if found and not found.alone:
            return found
        return await self.go_on(Seeking(at, None, first.next, None, pages=1), found)

    async def _behind(self, at: At, page: Page) -> Found | None:
        """Where the walk goes on in the page of a token that holds; None where the token alone cannot tell."""
        hash_of, traits = self._provider.hash, self._provider.traits
        entering = at.skip == 0
        used_is_here = not entering or comes_again(page.items, at, hash_of)
        found = await self._look(at.token, page, at.anchors) if used_is_here else None
        if found and (not found.alone or at.skip > len(at.anchors)):  # then what is before it was used as well
            return found
        if entering or traits.keyed or self._provider.stable_order:
            known = len(at.anchors)
            newer = min(at.skip, known)
            apart = at.anchors if found else at.anchors[known - newer :]
            return Found(at.token, page, 0, newer, apart, repeats=at.skip > known or at.inside)
        return None

    async def _look(self, token: PageToken | None, page: Page, anchors: tuple[bytes, ...]) -> Found | None:
        """The anchor of this page that decides; where it is its last item, of the pages that go on with newer ones."""
        place = find(page.items, anchors, self._provider.hash)
        if place is None:
            return None
        found = Found(token, page, place.index, place.newer, place.apart, place.ordered, place.alone)
        while found.newer and found.index == len(found.page.items):
            further = await self._further(found, anchors[len(anchors) - found.newer :])
            if further is None:
                break
            found = further
        return found

    async def _further(self, found: Found, newer: tuple[bytes, ...]) -> Found | None:
        """The newest of the newer anchors on the next page that has anything more."""
        page: Page | None = found.page
        for _ in range(MAX_SEARCHED):
            if page is None or page.next is None:
                break
            token, overlap = page.next, page.overlap
            page = await self._read(token)
            if page is not None and len(page.items) > overlap:
                place = find(page.items[overlap:], newer, self._provider.hash)
                if place is None or place.alone:
                    return None
                ordered = found.ordered and place.ordered
                return Found(token, page, overlap + place.index, place.newer, place.apart, ordered)
        return None

    async def _outward(self, seeking: Seeking) -> AsyncIterator[tuple[PageToken | None, Page, Seeking]]:
        """By turns the pages before and those behind what was searched, and where the search stands after each."""
        former: Page | None = None
        while seeking.low is not None or seeking.high is not None:
            if seeking.low is not None:
                async for token, page, state in self._down(seeking, seeking.low):
                    seeking = state
                    yield token, page, seeking
            if seeking.high is not None:
                token = seeking.high
                page_behind = await self._read(token)
                high, former = _onward(former, page_behind), page_behind
                seeking = replace(seeking, high=high, pages=seeking.pages + 1)
                if page_behind is not None:
                    yield token, page_behind, seeking

    async def _down(self, seeking: Seeking, low: PageToken) -> AsyncIterator[tuple[PageToken | None, Page, Seeking]]:
        """A stretch of pages that ends at ``low``: several where the server sends fewer items than it is asked for."""
        floor = self._provider.before(low, seeking.size)
        token: PageToken | None = floor
        while True:
            page = await self._read(token)
            following = page.next if page else None
            done = following is None or not _precedes(following, low)
            shown = len(page.items) if page and following is not None else seeking.size
            smaller = shown is not None and (seeking.size is None or shown < seeking.size) and not done
            seeking = replace(
                seeking, low=floor if done else low, size=shown if smaller else seeking.size, pages=seeking.pages + 1
            )
            if page is not None:
                yield token, page, seeking
            if done or smaller:  # smaller pages than were thought: a shorter step back will do
                return
            token = following


def _onward(former: Page | None, page: Page | None) -> PageToken | None:
    """Where the search goes on: nowhere behind the end, also where a server answers with its last page there."""
    if page is None or (former is not None and page.items and former.items == page.items):
        return None
    return page.next


def _precedes(token: PageToken, low: PageToken) -> bool:
    return isinstance(token, int) and isinstance(low, int) and token < low
