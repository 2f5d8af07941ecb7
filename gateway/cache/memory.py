"""The tier in this process: the pages that were used last, bounded by the memory they take.

An upstream page is kept decoded, so that a hit costs nothing; therefore it is weighed as Python objects, not as text.
Whoever is given a page must not change its items: others hold the same ones.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from gateway.core.record import Record

P = TypeVar("P")

#: bytes that an object, and each further value, take beyond their text: measured with tracemalloc on pages of many
#: shapes, where objects take from 1.1 (long text) to 24 times (empty objects) as much as what they were read from
OBJECT, VALUE = 100, 50


def weigh(written: bytes) -> int:
    """About how many bytes the JSON text ``written`` takes once it is read."""
    return len(written) + OBJECT * written.count(b"{") + VALUE * written.count(b",")


class _Held(Record, Generic[P], frozen=True):
    tenant: str
    page: P
    weight: int


class MemoryStore(Generic[P]):
    """Pages of one sort by key. ``capacity`` in bytes; 0 keeps nothing."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.weight = 0
        self._held: OrderedDict[str, _Held[P]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str, tenant: str) -> P | None:
        """The page, which is now the one used last; None where there is none or it is of another tenant."""
        held = self._held.get(key)
        if held is None or held.tenant != tenant:
            return None
        self._held.move_to_end(key)
        return held.page

    def put(self, key: str, tenant: str, page: P, weight: int) -> bool:
        """Keep ``page`` instead of what was there, and let go of the longest unused. False where it is too heavy."""
        self.drop(key)
        if weight > self.capacity:
            return False
        self._held[key] = _Held(tenant, page, weight)
        self.weight += weight
        while self.weight > self.capacity:
            self.drop(next(iter(self._held)))
        return True

    def drop(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self.weight -= held.weight

    def drop_all(self, tenant: str) -> None:
        """Every page of a tenant; looks at all there are."""
        for key in [key for key, held in self._held.items() if held.tenant == tenant]:
            self.drop(key)
