"""Fair interleaving: one item of each provider in turn, by name. Pure.

The sequence is a function of the lists alone: it does not depend on how it is cut into pages, because whose turn it is
travels in the cursor, and because a provider is passed over only where it has ended or failed.
"""

from collections import deque
from collections.abc import Sequence

from gateway.core.record import Record


class Supply(Record, frozen=True):
    """What a stream has: ``ready`` items, and whether more may come (``open``)."""

    ready: int
    open: bool


def demand(supplies: Sequence[Supply], turn: int, limit: int) -> list[int]:
    """How many items each stream gives to the next ``limit``, if every open stream had enough.

    No open stream ever gives fewer than this, whatever the others turn out to have: asking for it is never in vain.
    """
    if supplies and all(supply.open for supply in supplies):
        share, over = divmod(limit, len(supplies))
        return [share + ((index - turn) % len(supplies) < over) for index in range(len(supplies))]
    given = [0] * len(supplies)
    waiting = deque((turn + step) % len(supplies) for step in range(len(supplies)))
    left = limit
    while waiting and left:
        index = waiting.popleft()
        if supplies[index].open or given[index] < supplies[index].ready:
            given[index] += 1
            left -= 1
            waiting.append(index)
    return given


class Interleaving(Record, frozen=True):
    """``order``: indices of streams, an item each; ``turn``: whose turn it is after them."""

    order: tuple[int, ...]
    turn: int


def interleave(supplies: Sequence[Supply], turn: int, limit: int) -> Interleaving:
    """The next ``limit`` items, or fewer: it stops where the stream whose turn it is may still have more to come."""
    left = [supply.ready for supply in supplies]
    order: list[int] = []
    passed = 0
    while len(order) < limit and passed < len(supplies):
        if left[turn]:
            left[turn] -= 1
            order.append(turn)
            passed = 0
        elif supplies[turn].open:
            break
        else:
            passed += 1
        turn = (turn + 1) % len(supplies)
    return Interleaving(tuple(order), turn)
