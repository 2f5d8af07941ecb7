"""Where a walk goes on in a page that may have moved. Pure.

Rules: the newest anchor that is still there decides; ``skip`` is a hint that saves looking for it; anchors that are
there in another order show a list whose order does not hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.core.store import RawItem


@dataclass(frozen=True, slots=True)
class Aligned:
    """``index`` of the first raw item that is not used yet; ``ordered`` False where the order has not held."""

    index: int
    ordered: bool = True


def expected(
    items: Sequence[RawItem], skip: int, anchors: Sequence[bytes], hash_of: Callable[[RawItem], bytes]
) -> bool:
    """Whether the walk goes on at ``skip``: the newest anchor stands just before it, or nothing is known."""
    if not anchors or skip == 0:
        return skip <= len(items)
    return skip <= len(items) and hash_of(items[skip - 1]) == anchors[-1]


def find(items: Sequence[RawItem], anchors: Sequence[bytes], hash_of: Callable[[RawItem], bytes]) -> Aligned | None:
    """Where the walk goes on in these items; None where no anchor is among them."""
    wanted = set(anchors)
    places = {seen: index for index, item in enumerate(items) if (seen := hash_of(item)) in wanted}
    found = [places[anchor] for anchor in anchors if anchor in places]
    if not found:
        return None
    return Aligned(found[-1] + 1, ordered=found == sorted(found))
