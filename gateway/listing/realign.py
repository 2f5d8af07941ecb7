"""Finding a place again in a list that has moved while it was walked.

Rules: look with fresh pages only, past the cache (looking into the old page again would loop); the newest anchor that
is still there decides; the search is bounded; where it cannot be decided, repeat and never skip. A list that is empty
now has nothing to repeat: that is its end.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from gateway.listing.align import find
from gateway.listing.position import At
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider

#: pages that one search may read
MAX_SEARCHED = 12
#: items without an anchor after which newer anchors are taken to be gone
ENOUGH_PASSED = 16

Read = Callable[[PageToken | None], Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Found:
    """The page at ``token`` goes on at ``index``, behind the last of ``anchors``: those newer than it are gone.

    ``drifted`` where items may be repeated or have been missed.
    """

    token: PageToken | None = field(repr=False)
    page: Page
    index: int
    anchors: tuple[bytes, ...]
    drifted: bool = False


async def realign(provider: Provider, position: At, read: Read) -> Found:
    """Where the walk goes on. ``read`` fetches a page past the cache; what it raises is passed on."""
    earliest: Found | None = None
    searched = 0
    async for token, page in _around(provider, position.token, read):
        place = find(page.items, position.anchors, provider.hash)
        if place is not None:
            anchors = position.anchors[: len(position.anchors) - place.newer]
            found = Found(token, page, place.index, anchors, drifted=not place.ordered)
            return await _newest(provider, position.anchors[len(anchors) :], read, found)
        if earliest is None or _offset(token) < _offset(earliest.token):
            earliest = Found(token, page, index=0, anchors=(), drifted=bool(page.items or page.next or token))
        searched += 1
        if searched == MAX_SEARCHED:
            break
    assert earliest is not None
    return earliest


async def _newest(provider: Provider, newer: tuple[bytes, ...], read: Read, found: Found) -> Found:
    """The newest anchor's place, from that of an older one on: what was inserted may have moved it to a later page."""
    page, passed = found.page, len(found.page.items) - found.index
    while newer and page.next is not None and passed < ENOUGH_PASSED:
        token, overlap = page.next, page.overlap
        page = await read(token)
        place = find(page.items[overlap:], newer, provider.hash)
        passed += len(page.items) - overlap
        if place is not None:
            reached = len(newer) - place.newer
            anchors, newer = (*found.anchors, *newer[:reached]), newer[reached:]
            found = Found(token, page, overlap + place.index, anchors, drifted=found.drifted or not place.ordered)
            passed = len(page.items) - found.index
    return found


async def _around(
    provider: Provider, token: PageToken | None, read: Read
) -> AsyncIterator[tuple[PageToken | None, Page]]:
    """The page itself, then by turns the pages before it, where they can be named, and those after it."""
    page = await read(token)
    yield token, page
    low, after = token, page.next
    size = len(page.items) if after is not None else None  # a page that is not the last shows what the server sends
    while True:
        floor = provider.before(low, size)
        if floor is None and after is None:
            return
        step = floor
        while step is not None and _offset(step) < _offset(low):  # a server that clamps needs several to come back
            page = await read(step)
            yield step, page
            step = page.next
        low = floor
        if after is not None:
            page = await read(after)
            yield after, page
            after = page.next


def _offset(token: PageToken | None) -> float:
    """Where a page starts in the list; tokens cannot be ordered, so what comes first stays first."""
    return float("inf") if isinstance(token, str) else (token or 0)
