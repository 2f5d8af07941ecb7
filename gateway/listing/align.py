"""Where a walk goes on in a page that may have moved. Pure.

Rules: the newest anchor that is still there decides; ``skip`` is a hint that saves looking for it; anchors that are
there in another order show a list whose order does not hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.core.store import RawItem
from gateway.listing.position import At


@dataclass(frozen=True, slots=True)
class Aligned:
    """``index`` of the first raw item that is not used yet; ``ordered`` False where the order has not held.

    ``newer`` counts the anchors that are newer than the one that decided: they are gone, or stand on a later page.
    """

    index: int
    ordered: bool = True
    newer: int = 0


def expected(
    items: Sequence[RawItem], skip: int, anchors: Sequence[bytes], hash_of: Callable[[RawItem], bytes]
) -> bool:
    """Whether the walk goes on at ``skip``: the newest anchor stands just before it, or nothing is known."""
    if not anchors or skip == 0:
        return skip <= len(items)
    return skip <= len(items) and hash_of(items[skip - 1]) == anchors[-1]


def comes_again(items: Sequence[RawItem], at: At, hash_of: Callable[[RawItem], bytes]) -> bool:
    """Whether a page that should start behind what was used starts in it: with an anchor, or with the newest inside.

    Another one further on is no sign: an id may stand in a list twice.
    """
    return bool(items and at.anchors) and (hash_of(items[0]) in at.anchors or at.anchors[-1] in map(hash_of, items))


def find(items: Sequence[RawItem], anchors: Sequence[bytes], hash_of: Callable[[RawItem], bytes]) -> Aligned | None:
    """Where the walk goes on in these items; None where no anchor is among them.

    Items that are alike are told apart by their order: the first that fits is taken, so that none is skipped.
    """
    hashes = [hash_of(item) for item in items]
    found = [anchor for anchor in anchors if anchor in hashes]
    index, ordered = 0, True
    for anchor in found:
        follows = anchor in hashes[index:]
        index = hashes.index(anchor, index if follows else 0) + 1
        ordered = ordered and follows
    return Aligned(index, ordered, newer=anchors[::-1].index(found[-1])) if found else None
