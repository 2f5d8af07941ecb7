"""A page in hand and how far it is used: where the walk would go on from there. Pure."""

from dataclasses import dataclass, field

from gateway.core.store import KnowledgeStore, RawItem
from gateway.listing.arrival import Arrival
from gateway.listing.position import At, End, Position
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider

#: how many pages without anything new a search counts for that brought nothing
FRUITLESS = 17


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page entered at ``entry`` (the first raw item that was new).

    ``idle`` as in ``At``; ``astray`` is what it becomes as soon as something is taken: 0 while the order holds.
    ``doubles`` are indices of items that stand earlier in the same page too.
    """

    page: Page
    token: PageToken | None = field(repr=False)
    entry: int
    anchors: tuple[bytes, ...]
    gone: int
    ordinal: int
    mark: bytes
    next_mark: bytes
    first: bytes
    idle: int
    astray: int
    doubles: frozenset[int]


@dataclass(frozen=True, slots=True)
class Head:
    """``index`` raw items of the leaf are used; ``bad`` of all that were used in this request were refused."""

    leaf: Leaf
    index: int
    bad: int

    @property
    def spent(self) -> bool:
        return self.index == len(self.leaf.page.items)


@dataclass(frozen=True, slots=True)
class Item:
    store: KnowledgeStore = field(repr=False)
    raw: RawItem = field(repr=False)
    after: Head


def entered(at: At, arrival: Arrival, provider: Provider, *, next_mark: bytes, disordered: bool) -> Leaf:
    """The page that an arrival brought; ``disordered``: its list has shown that its order does not hold."""
    page, stands = arrival.page, arrival.stands
    begins = arrival.token is None
    fruitless = arrival.index == len(page.items) and not stands and not disordered
    return Leaf(
        page=page,
        token=arrival.token,
        entry=arrival.index,
        anchors=at.anchors,
        gone=arrival.gone,
        ordinal=0 if arrival.restarted else at.ordinal,
        mark=at.mark if stands else b"",
        next_mark=next_mark if stands else b"",
        first=_first(page, provider) if begins else at.first,
        idle=at.idle + (FRUITLESS - 1 if fruitless else 0),
        astray=at.idle + (not stands) if disordered else 0,
        doubles=_doubles(page, provider),
    )


def position(head: Head, provider: Provider, anchors: int) -> Position:
    """Where a walk stands with that much of a page used; ``anchors`` as many as it holds at most."""
    leaf, page = head.leaf, head.leaf.page
    newest = page.items[max(leaf.entry, head.index - anchors) : head.index]
    known = (*leaf.anchors, *map(provider.hash, newest))[-anchors:]
    gone = 0 if newest else leaf.gone
    if not head.spent:
        idle = leaf.idle if head.index == leaf.entry else leaf.astray
        return At(leaf.token, head.index, known, leaf.ordinal, leaf.mark, idle, leaf.first, gone)
    if page.next is None:
        return End()
    idle = leaf.astray if leaf.entry < len(page.items) else leaf.idle + 1
    first = leaf.first if isinstance(page.next, str) else b""
    return At(page.next, page.overlap, known, leaf.ordinal + 1, leaf.next_mark, idle, first, gone)


def _first(page: Page, provider: Provider) -> bytes:
    """The hash of a list's first item, where tokens lead on and could lead back to it."""
    return provider.hash(page.items[0]) if page.items and isinstance(page.next, str) else b""


def _doubles(page: Page, provider: Provider) -> frozenset[int]:
    ids = [provider.identity(raw) for raw in page.items]
    if len({id_ for id_ in ids if id_ is not None}) + ids.count(None) == len(ids):
        return frozenset()
    seen: set[str] = set()
    doubles = set()
    for index, id_ in enumerate(ids):
        if id_ in seen:
            doubles.add(index)
        elif id_ is not None:
            seen.add(id_)
    return frozenset(doubles)
