"""What becomes of a page on which providers failed. Pure: the decision table of partial failure.

===========================================================  ==========================================================
at least one provider delivered, advanced or ended           the page
``strict``, and it would not be complete                     ``Incomplete``: same position, no round counted
everything that is left failed                               ``NothingDelivered``, with a cursor that counts the round
the same, rounds spent, the walk delivered something         a last page; what is left is ``abandoned`` or ``removed``
the same, nothing delivered ever                             ``WalkFailed``
===========================================================  ==========================================================

A round on which nobody was asked, because every circuit was open, says nothing new and is over at once: a client that
goes on without waiting would have spent all its rounds before the next probe. Such rounds are counted apart, with a
bound of their own, so that every chain of cursors ends all the same.
"""

import math
from collections.abc import Sequence

from msgspec.structs import replace

from gateway.core.errors import FailureCode, GatewayError
from gateway.listing.position import Lost
from gateway.listing.report import Part, is_complete

#: seconds; what a client is asked to wait where no provider said how long
DEFAULT_RETRY_AFTER = 1
#: what a round on which nobody was asked adds to the rounds of a walk; more than ``walk.failed_rounds`` may be
UNASKED = 128
#: how many of these end a walk
MOST_UNASKED = 100


class ListingError(GatewayError):
    """No page could be given. ``parts`` say why, provider by provider."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__("no page could be given")
        self.parts = tuple(parts)

    @property
    def timed_out(self) -> bool:
        """Whether timeouts were all that went wrong."""
        codes = {part.failure.code for part in self.parts if part.failure}
        return codes == {FailureCode.TIMEOUT}

    @property
    def retry_after(self) -> int:
        """Whole seconds until one of the providers may answer again."""
        waits = [part.failure.retry_after for part in self.parts if part.failure and part.failure.retry_after]
        return max(DEFAULT_RETRY_AFTER, math.ceil(min(waits, default=DEFAULT_RETRY_AFTER)))


class Incomplete(ListingError):
    """``strict`` was asked for and the page would not be complete."""


class NothingDelivered(ListingError):
    """Everything that is left failed this time; ``next_cursor`` resumes there with the round counted."""

    def __init__(self, parts: Sequence[Part], next_cursor: str) -> None:
        super().__init__(parts)
        self.next_cursor = next_cursor


class WalkFailed(ListingError):
    """The same with its rounds spent, and nothing was ever delivered."""


def progressed(parts: Sequence[Part]) -> bool:
    """Whether any provider delivered, advanced or ended on this page, or none had to."""
    return any(part.moved for part in parts) or not any(part.left for part in parts)


def counted(rounds: int, parts: Sequence[Part]) -> int:
    """The rounds of a walk with this one, on which everything that is left failed."""
    failures = [part.failure for part in parts if part.left and part.failure]
    unasked = failures and all(failure.code is FailureCode.CIRCUIT_OPEN for failure in failures)
    return rounds + (UNASKED if unasked else 1)


def spent(parts: Sequence[Part], rounds: int, most: int) -> bool:
    """Whether the walk gives up what is left: its rounds are spent, or nothing that is left can come back by itself."""
    unasked, asked = divmod(rounds, UNASKED)
    return asked >= most or unasked >= MOST_UNASKED or all(part.removed for part in parts if part.left)


def give_up(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with everything that is left marked as lost."""
    return tuple(_given_up(part) if part.left else part for part in parts)


def _given_up(part: Part) -> Part:
    reason = Lost.REMOVED if part.removed else Lost.ABANDONED
    return replace(part, place=replace(part.place, lost=part.place.lost | reason))


def check_strict(parts: Sequence[Part]) -> None:
    """Raises ``Incomplete`` where a page of these parts would not be complete."""
    if not is_complete(parts):
        raise Incomplete(parts)
