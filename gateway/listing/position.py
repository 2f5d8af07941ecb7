"""Where a walk stands at one provider.

Every pagination style fits one sentence: the upstream page that starts at this token, of which ``skip`` raw items are
used. Exhausted is not absent: every provider of the walk has a place until the walk ends, and a failed one keeps its.
"""

import hashlib
from enum import IntFlag

from gateway.core.record import Record
from gateway.provider.page import PageToken

#: how many pages without anything new a search counts for that brought nothing
FRUITLESS = 67


class Lost(IntFlag):
    """Why items of this walk are missing for good. Sticky; the highest bit is the one that is reported."""

    NOTHING = 0
    BAD_ITEM = 1
    OVER_BOUND = 2
    DRIFTED = 4
    TOKEN_EXPIRED = 8
    REMOVED = 16
    ABANDONED = 32

    def reason(self) -> str | None:
        if not self:
            return None
        gravest = max(self, default=Lost.NOTHING)
        return gravest.name.lower() if gravest.name and gravest else None


#: what is not asked for any more
GIVEN_UP = Lost.REMOVED | Lost.ABANDONED
#: after which a walk is best effort
UNSURE = Lost.DRIFTED | Lost.TOKEN_EXPIRED


class Start(Record, frozen=True):
    """Nothing was read yet."""


class At(Record, frozen=True):
    """The page at ``token`` (None: the first), of which ``skip`` raw items are used.

    ``anchors`` are hashes of the last raw items that were used, oldest first: where the list has moved, the newest of
    them that is still there decides, and ``skip`` is a hint. ``departed`` are hashes of used items that were not where
    they should be: they come further on or in an older copy of the list, if at all, and are passed over. ``ordinal``
    counts the pages left behind; ``mark`` stands for an earlier one (see ``turned``); ``first`` holds the hashes of the
    list's first items, where tokens lead through it: a page that holds one again starts all over. ``idle`` weighs the
    pages in a row that brought nothing new and, once the order has not held, all that did not go on where they should;
    ``due``: the page before said itself that more follows; ``inside``: not all of the ``skip`` items need be anchors,
    for the walk came to the page where something had moved.
    """

    unseen = frozenset({"token"})

    token: PageToken | None
    skip: int
    anchors: tuple[bytes, ...] = ()
    ordinal: int = 0
    mark: bytes = b""
    idle: int = 0
    departed: tuple[bytes, ...] = ()
    first: tuple[bytes, ...] = ()
    due: bool = False
    inside: bool = False


class Seeking(Record, frozen=True):
    """The walk stood ``at`` a place that is not where it was, and looks for it.

    Pages before ``low`` and from ``high`` on are still to be searched (None: there are none); ``pages`` were. ``size``:
    items that the server sends at most, where that has shown.
    """

    unseen = frozenset({"low", "high"})

    at: At
    low: PageToken | None
    high: PageToken | None
    size: int | None
    pages: int


class End(Record, frozen=True):
    """Read to its end."""


Position = Start | At | Seeking | End


class Place(Record, frozen=True):
    """One provider's line in the cursor.

    ``meaning`` is what its tokens mean (see ``Provider``): another meaning is another list. ``sent`` and ``bad`` count
    the items of this walk that were delivered and refused; ``total`` is the last one it stated; ``attempts`` the pages
    in a row on which it failed; ``inexact`` that an outdated page was used; ``disordered`` that its order has not held,
    so that nothing is looked for any more; ``restarts`` how often the walk had to begin again, or may have gone back.
    """

    provider: str
    meaning: bytes
    position: Position = Start()
    sent: int = 0
    bad: int = 0
    total: int | None = None
    attempts: int = 0
    lost: Lost = Lost.NOTHING
    inexact: bool = False
    disordered: bool = False
    restarts: int = 0

    @property
    def ended(self) -> bool:
        return isinstance(self.position, End)

    @property
    def began(self) -> bool:
        return not isinstance(self.position, Start)


def token_hash(token: PageToken | None) -> bytes:
    """Four bytes by which a token is known again; empty for an offset or a number, which cannot come round."""
    if not isinstance(token, str):
        return b""
    return hashlib.blake2b(token.encode(), digest_size=4, person=b"token").digest()  # an item may be called the same


def turned(mark: bytes, ordinal: int, seen: bytes) -> bytes | None:
    """The mark after entering a page, or None where it was entered before.

    ``seen`` is the hash of its first new item, or, where it has none, of its token; empty where none can come round.
    Brent's cycle detection, carried in the cursor: a hash is kept at each power of two, so a circle of any length is
    noticed after at most as many pages again, also where its tokens are new each time.
    """
    if seen and seen == mark:
        return None
    return seen if seen and ordinal & (ordinal - 1) == 0 else mark
