"""The tier that replicas share: what another of them has, or is about to have.

- A look is shared by everyone in this process who would be content with the same age, and so is the wait for another
  replica that is fetching the page.
- Nobody waits for longer than half of the time it has, so that it can still fetch the page itself.
"""

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from gateway.cache.asked import Asked
from gateway.cache.leases import LEASE_SECONDS, Lease, Leases
from gateway.cache.singleflight import SingleFlight
from gateway.cache.tiers import Kept, Place, Sought, Tiers, newer
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.events import Observer, PageLeased
from gateway.core.record import Record


class _Wish(Record, frozen=True):
    """A page that is no older than ``serving`` seconds."""

    place: Place
    provider: str
    serving: float

    @property
    def key(self) -> str:
        return f"{self.place.key}/{self.serving}"


class Shared:
    """``fetching`` says of a page's key whether it is being fetched here: then there is nobody else to wait for."""

    def __init__(
        self,
        *,
        tiers: Tiers,
        leases: Leases | None,
        fetching: Callable[[str], bool],
        clock: Clock,
        observe: Observer,
    ) -> None:
        self._tiers = tiers
        self._leases = leases
        self._fetching = fetching
        self._clock = clock
        self._observe = observe
        self._looks: SingleFlight[Sought] = SingleFlight()
        self._waits: SingleFlight[Sought] = SingleFlight()

    async def find(self, asked: Asked, deadline: Deadline, *, fresh: bool = False) -> Kept | None:
        """What Redis has, or what came into memory meanwhile; None where that cannot be told in time."""
        wish = _Wish(asked.place, asked.request.provider.name, asked.serving(fresh=fresh))
        try:
            sought = await self._looks.join(wish.key, lambda: self._look(wish), deadline)
        except TimeoutError:
            return None
        if sought.lease is Lease.HELD and not self._fetching(wish.place.key):
            sought = await self._await(wish, sought, deadline)
        return newer(sought.kept, self._tiers.held(wish.place))

    async def aclose(self) -> None:
        await self._looks.aclose()
        await self._waits.aclose()

    async def _look(self, wish: _Wish) -> Sought:
        sought = await self._tiers.fetched(wish.place, wish.serving)
        if sought.lease is Lease.TAKEN:
            self._observe(PageLeased(wish.provider, "taken"))
        return sought

    async def _await(self, wish: _Wish, sought: Sought, deadline: Deadline) -> Sought:
        """What the wait for another replica brings; ``sought`` where the time for it ends before."""
        patience = Deadline.after(deadline.remaining() / 2, self._clock)
        try:
            found = await self._waits.join(wish.key, lambda: self._wait(wish), patience)
        except TimeoutError:
            self._observe(PageLeased(wish.provider, "outwaited"))
            return sought
        return replace(found, kept=newer(sought.kept, found.kept))

    async def _wait(self, wish: _Wish) -> Sought:
        """Look until the page is there, the lease is ours, or it should have ended."""
        assert self._leases
        pauses, until = self._leases.pauses(), Deadline.after(LEASE_SECONDS, self._clock)
        sought = Sought(None, Lease.HELD)
        while sought.lease is Lease.HELD and until.remaining() and not self._fetching(wish.place.key):
            await self._leases.sleep(min(next(pauses), until.remaining()))
            sought = await self._tiers.fetched(wish.place, wish.serving, again=True)
        self._observe(PageLeased(wish.provider, _outcome(sought)))
        return sought


def _outcome(sought: Sought) -> Literal["served", "inherited", "outwaited"]:
    if sought.lease in {Lease.TAKEN, Lease.OURS}:
        return "inherited"
    return "served" if sought.lease is Lease.NONE and sought.kept else "outwaited"
