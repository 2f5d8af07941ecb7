"""Which upstream page a walk will ask for with its next gateway page. Pure.

Rules: only where the page in hand is used up, or will be if as much is taken again; never a page that may be behind the
end, whose token works only once, or that would not be taken from the cache.
"""

from gateway.listing.arrival import alone
from gateway.listing.leaf import Head, position
from gateway.listing.position import FRUITLESS, At
from gateway.provider.page import PageToken
from gateway.provider.provider import Provider


def following(head: Head, provider: Provider, *, taken: int, came: int, total: int | None) -> PageToken | None:
    """The token of that page, or None.

    ``taken`` items were taken now, ``came`` in the whole walk so far, of ``total`` that the list says it has.
    """
    page = head.leaf.page
    left = len(page.items) - head.index
    if page.next is None or not taken or left > taken:
        return None
    if not page.promised and (total is None or came + left >= total):
        return None
    there = position(Head(head.leaf, len(page.items), head.bad), provider, anchors=1)
    if not isinstance(there, At) or there.idle >= FRUITLESS:
        return None
    return None if provider.traits.single_use or alone(there, provider.traits) else page.next
