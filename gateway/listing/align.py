"""Where a walk goes on in a page that may have moved. Pure.

Rules: the anchors that still stand together decide; ``skip`` is a hint that saves looking for them; anchors that are
there one by one in another order show a list whose order does not hold.
"""

from collections.abc import Callable, Sequence

from gateway.core.record import Record
from gateway.core.store import RawItem
from gateway.listing.position import At


class Aligned(Record, frozen=True):
    """``index`` of the first raw item that is not used yet; ``ordered`` False where the order has not held.

    ``newer`` counts the anchors that are newer than the one that decided; ``apart`` are these and
    others that stand elsewhere in these items: they are to be passed over where they come. ``alone``:
    that one is the only one here and has strangers before it, so that it may have moved there by itself.
    """

    index: int
    newer: int = 0
    apart: tuple[bytes, ...] = ()
    ordered: bool = True
    alone: bool = False


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


def rewound(items: Sequence[RawItem], first: Sequence[RawItem], hash_of: Callable[[RawItem], bytes]) -> bool:
    """Whether a page is the list's ``first`` again. Nothing at all is no page that a token leads to either."""
    return not items or (bool(first) and hash_of(items[0]) == hash_of(first[0]))


def find(items: Sequence[RawItem], anchors: Sequence[bytes], hash_of: Callable[[RawItem], bytes]) -> Aligned | None:
    """Where the walk goes on in these items: behind the longest run of neighbouring anchors, the first of such.

    None where no anchor is among them. One that has moved by itself does not take the walk with it.
    """
    hashes = [hash_of(item) for item in items]
    runs = _runs(hashes, anchors)
    if not runs:
        return None
    start, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
    newer = anchors[::-1].index(hashes[end - 1])
    doubtful = {*anchors[len(anchors) - newer :], *hashes} - set(hashes[start:end])
    return Aligned(
        index=end,
        newer=newer,
        apart=tuple(anchor for anchor in anchors if anchor in doubtful),
        ordered=end - start > 1 or _in_order(hashes, anchors),
        alone=len(runs) == 1 and end - start == 1 and start > 0,
    )


def _runs(hashes: Sequence[bytes], anchors: Sequence[bytes]) -> list[tuple[int, int]]:
    """Stretches of items that are all anchors, each newer than the one before it: first index, and the one behind."""
    runs: list[tuple[int, int]] = []
    last = 0  # of the anchors, where the run has come to
    for index, known in enumerate(hashes):
        if runs and runs[-1][1] == index and known in anchors[last + 1 :]:
            last = anchors.index(known, last + 1)
            runs[-1] = (runs[-1][0], index + 1)
        elif known in anchors:
            last = anchors.index(known)
            runs.append((index, index + 1))
    return runs


def _in_order(hashes: Sequence[bytes], anchors: Sequence[bytes]) -> bool:
    """Whether the anchors among the items stand in the order in which they were used."""
    found = [known for known in hashes if known in anchors]
    return found == sorted(found, key=anchors.index)
