"""A page in hand and how far it is used: where the walk would go on from there. Pure."""

from gateway.core.record import Record
from gateway.core.store import KnowledgeStore, RawItem
from gateway.listing.arrival import Arrival
from gateway.listing.position import FRUITLESS, At, End, Position
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider

#: of a list's first items, how many are remembered where tokens lead through it
FIRST = 2
#: times the anchors: the used items at most that are passed over where they come
APART = 2


class Leaf(Record, frozen=True):
    """A page entered at ``entry``, whose first item to be delivered is at ``news``.

    ``idle`` as in ``At``; ``astray`` is what it becomes as soon as something is taken: 0 while the order holds.
    ``passed`` are indices of items that are passed over: they stand earlier in the page too, or were used elsewhere.
    ``inside`` as in ``At``.
    """

    unseen = frozenset({"token"})

    page: Page
    token: PageToken | None
    entry: int
    news: int
    anchors: tuple[bytes, ...]
    departed: tuple[bytes, ...]
    ordinal: int
    mark: bytes
    next_mark: bytes
    first: tuple[bytes, ...]
    idle: int
    astray: int
    passed: frozenset[int]
    inside: bool


class Head(Record, frozen=True):
    """``index`` raw items of the leaf are used; ``bad`` of all that were used in this request were refused."""

    leaf: Leaf
    index: int
    bad: int

    @property
    def spent(self) -> bool:
        return self.index == len(self.leaf.page.items)


class Item(Record, frozen=True):
    unseen = frozenset({"store", "raw"})

    store: KnowledgeStore
    raw: RawItem
    after: Head


def entered(at: At, arrival: Arrival, provider: Provider, *, next_mark: bytes, disordered: bool, anchors: int) -> Leaf:
    """The page that an arrival brought; ``disordered``: its list has shown that its order does not hold.

    Of used items that are not where they should be ``APART`` times as many are remembered as there may be ``anchors``.
    """
    page, stands = arrival.page, arrival.stands
    living = len(at.anchors) - arrival.newer
    departed = tuple(dict.fromkeys((*at.departed, *arrival.apart)))[-APART * anchors :]
    begins = arrival.token is None
    passed = _doubles(page, provider) | _used(page, departed, provider)
    news = next((index for index in range(arrival.index, len(page.items)) if index not in passed), len(page.items))
    fruitless = news == len(page.items) and not stands and not disordered
    return Leaf(
        page=page,
        token=arrival.token,
        entry=arrival.index,
        news=news,
        anchors=at.anchors[:living],
        departed=departed,
        ordinal=0 if arrival.restarted else at.ordinal,
        mark=at.mark if stands else b"",
        next_mark=next_mark if stands else b"",
        first=_first(page, provider) if begins else at.first,
        idle=at.idle + (FRUITLESS - 1 if fruitless else 0),
        astray=at.idle + (not stands) if disordered else 0,
        passed=passed,
        inside=at.inside if stands else arrival.index > page.overlap,
    )


def position(head: Head, provider: Provider, anchors: int) -> Position:
    """Where a walk stands with that much of a page used; ``anchors`` as many as it holds at most."""
    leaf, page = head.leaf, head.leaf.page
    newest = page.items[max(leaf.entry, head.index - anchors) : head.index]
    known = (*leaf.anchors, *map(provider.hash, newest))[-anchors:]
    departed = _outstanding(head, provider) if leaf.departed else ()
    if not head.spent:
        idle = leaf.idle if head.index <= leaf.news else leaf.astray
        return At(
            leaf.token, head.index, known, leaf.ordinal, leaf.mark, idle, departed, leaf.first, inside=leaf.inside
        )
    if page.next is None:
        return End()
    idle = leaf.astray if leaf.news < len(page.items) else leaf.idle + 1
    first = leaf.first if isinstance(page.next, str) else ()
    return At(page.next, page.overlap, known, leaf.ordinal + 1, leaf.next_mark, idle, departed, first, page.promised)


def _outstanding(head: Head, provider: Provider) -> tuple[bytes, ...]:
    """What is still to be passed over: each comes once."""
    leaf = head.leaf
    met = {provider.hash(leaf.page.items[index]) for index in leaf.passed if leaf.entry <= index < head.index}
    return tuple(known for known in leaf.departed if known not in met)


def _first(page: Page, provider: Provider) -> tuple[bytes, ...]:
    """The hashes of a list's first items, where tokens lead on and could lead back to them."""
    return tuple(map(provider.hash, page.items[:FIRST])) if isinstance(page.next, str) else ()


def _used(page: Page, departed: tuple[bytes, ...], provider: Provider) -> frozenset[int]:
    if not departed:
        return frozenset()
    return frozenset(index for index, raw in enumerate(page.items) if provider.hash(raw) in departed)


def _doubles(page: Page, provider: Provider) -> frozenset[int]:
    ids = list(map(provider.identity, page.items))
    if len(set(ids)) == len(ids):
        return frozenset()
    seen: set[str] = set()
    doubles = set()
    for index, id_ in enumerate(ids):
        if id_ in seen:
            doubles.add(index)
        elif id_ is not None:
            seen.add(id_)
    return frozenset(doubles)
