"""Cursors going out and coming in: inline where they are small, as a ticket for a stored state where they are not."""

from typing import Protocol

from gateway.core.clock import Clock
from gateway.core.errors import CursorExpired, CursorInvalid, CursorStoreUnavailable
from gateway.listing.codec import MAX_LENGTH, CursorCodec
from gateway.listing.cursor import CURRENT, SEARCHED, Cursor, Unreadable, pack, unpack

HOUR = 3600
#: characters; a longer cursor becomes a ticket
TICKET_OVER = 4 * 1024

_INLINE, _TICKET = b"\x00", b"\x01"


class TicketStore(Protocol):
    """Where the states of large cursors are kept, by tenant and digest."""

    async def put(self, tenant: str, state: bytes, ttl: float) -> bytes | None:
        """Keep ``state`` for ``ttl`` seconds; its digest once the store has confirmed it, None where it has not."""
        ...

    async def get(self, tenant: str, digest: bytes) -> bytes | None:
        """The state, or None where it is gone. Raises ``CursorStoreUnavailable`` where that cannot be told."""
        ...


class CursorIssuer:
    """``max_age`` in seconds, kept to the hour: valid from an hour before its stamp to an hour after its age.

    ``version`` is the format that is written.
    """

    def __init__(
        self, *, codec: CursorCodec, tickets: TicketStore | None, clock: Clock, max_age: float, version: int = CURRENT
    ) -> None:
        self._codec = codec
        self._tickets = tickets
        self._clock = clock
        self._max_age = max_age
        self._version = version

    @property
    def holds_searches(self) -> bool:
        """Whether the cursors that are written say where a search stands."""
        return self._version in SEARCHED

    async def seal(self, cursor: Cursor, tenant: str) -> str:
        """The text of a cursor. Raises ``CursorStoreUnavailable`` where it is too long and nothing can keep it."""
        state = pack(cursor, int(self._clock.now() // HOUR), self._version)
        inline = self._codec.seal(_INLINE + state, tenant, self._version)
        if len(inline) <= TICKET_OVER:
            return inline
        if self._tickets and (digest := await self._tickets.put(tenant, state, self._max_age + 2 * HOUR)):
            return self._codec.seal(_TICKET + digest, tenant, self._version)
        if len(inline) <= MAX_LENGTH:
            return inline
        raise CursorStoreUnavailable("the cursor is too long to travel by itself and could not be stored")

    async def open(self, text: str, tenant: str) -> Cursor:
        """Raises ``CursorInvalid``, ``CursorExpired`` or ``CursorStoreUnavailable``."""
        sealed, version = self._codec.open(text, tenant)
        kind, state = sealed[:1], sealed[1:]
        if kind == _TICKET:
            state = await self._redeem(tenant, state)
        try:
            cursor, hour = unpack(state, version)
        except Unreadable:
            raise CursorInvalid("unreadable") from None
        age = self._clock.now() - hour * HOUR
        if not -HOUR <= age <= self._max_age + HOUR:
            raise CursorExpired
        return cursor

    async def _redeem(self, tenant: str, digest: bytes) -> bytes:
        if self._tickets is None:
            raise CursorStoreUnavailable("this cursor is a ticket and no cursor store is configured")
        state = await self._tickets.get(tenant, digest)
        if state is None:
            raise CursorExpired
        return state
