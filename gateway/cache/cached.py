"""Do we have this page? A ``Fetch`` around another one.

::

    memory --> Redis ----> inner fetch (one flight per page, of all replicas) --> memory, and Redis behind
       |  newest that may      |
       |  be served            '-- fails or is late: the page at hand, where it may be used on error
       '--> renewed behind, where it is past fresh

- Whoever asks decides for itself what will do; what is shared is only the look into Redis and the fetch.
- A deadline bounds waiting. The fetch has a time of its own and fills the cache when nobody waits any more.
- A page that is renewed, or kept though it is too old to be served, is asked for on condition that it has changed.
- 401, 403 and 404 are never answered with an old page, and remove it: access may have been withdrawn.
- ``origin`` tells what happened, in the terms of RFC 9211.
"""

from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from gateway.cache.ahead import Ahead
from gateway.cache.asked import REVOKING, Asked
from gateway.cache.freshness import Permission, Windows
from gateway.cache.leases import Leases
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.cache.shared import Shared
from gateway.cache.singleflight import SingleFlight
from gateway.cache.tiers import Kept, Place, Tiers, newer
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import FlightJoined, Observer
from gateway.core.limit import TimeLimit
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Origin, Page

#: seconds an inner fetch may take, whoever waits for it
FLIGHT_SECONDS = 30.0


class Cached:
    """``windows`` gives those of a provider by its name. ``redis`` is not closed here: others use it too.

    Without ``leases`` each replica fetches for itself; ``read_ahead`` as in ``CacheOptions``.
    """

    def __init__(
        self,
        *,
        inner: Fetch,
        memory: MemoryStore[Page],
        redis: RedisStore | None,
        windows: Callable[[str], Windows],
        clock: Clock,
        observe: Observer,
        leases: Leases | None = None,
        read_ahead: int = 0,
        flight_seconds: float = FLIGHT_SECONDS,
    ) -> None:
        self._inner = inner
        self._windows = windows
        self._clock = clock
        self._observe = observe
        self._flight_seconds = flight_seconds
        self._fetches: SingleFlight[Page] = SingleFlight()
        self._renewals: SingleFlight[None] = SingleFlight()
        self._ahead = Ahead(limit=read_ahead, clock=clock, observe=observe)
        self._tiers = Tiers(memory=memory, redis=redis, leases=leases, clock=clock, observe=observe)
        self._shared = Shared(
            tiers=self._tiers, leases=leases, fetching=self._fetches.__contains__, clock=clock, observe=observe
        )

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        """Raises as the inner fetch does; ``TimeoutError`` also once ``deadline`` has passed."""
        asked = self._asked(request)
        page = await self._page(asked, deadline)
        self._ahead.used(asked.place.key)
        return page

    def read_ahead(self, request: PageRequest) -> None:
        """Fetch a page behind, unless it is here or could not be served from here."""
        asked = self._asked(request)
        if not self._ahead.limit or asked.serving() <= 0 or not self._tiers.keeps(asked.place):
            return
        if not asked.permit(self._tiers.held(asked.place), self._clock.now()).serves:
            self._ahead.start(asked.place.key, request.provider.name, lambda: self._bring(asked))

    def _asked(self, request: PageRequest) -> Asked:
        return Asked(request, Place(request.key(), request.tenant, self._windows(request.provider.name)))

    async def _page(self, asked: Asked, deadline: Deadline) -> Page:
        kept = await self._find(asked, deadline) if asked.uses_cache else None
        permission = asked.permit(kept, self._clock.now())
        if kept is None or not permission.serves:
            return await self._forward(asked, kept, deadline)
        if permission is Permission.REVALIDATE:
            self._renewals.start(asked.place.key, lambda: self._renew(asked))
        return asked.dated(kept.page, Origin(tier=kept.tier), self._clock.now())

    async def aclose(self) -> None:
        """End every flight, and wait for the writes under way."""
        for flights in (self._ahead, self._renewals, self._shared, self._fetches):
            await flights.aclose()
        await self._tiers.aclose()

    async def _find(self, asked: Asked, deadline: Deadline) -> Kept | None:
        held = self._tiers.look(asked.place)
        if not self._tiers.shared or asked.permit(held, self._clock.now()).serves:
            return held
        return newer(held, await self._shared.find(asked, deadline))

    async def _forward(self, asked: Asked, kept: Kept | None, deadline: Deadline) -> Page:
        reason = asked.reason(kept, self._clock.now())
        collapsed = asked.place.key in self._fetches
        try:
            page = await self._fetch(asked, kept, deadline)
        except (UpstreamError, TimeoutError) as error:
            if kept is None or not asked.stands_in(kept, error, self._clock.now()):
                raise
            page, origin = kept.page, Origin(tier=kept.tier, stale=True)
        else:
            origin = page.origin
        return asked.dated(page, origin, self._clock.now(), collapsed=collapsed, forwarded=reason)

    async def _fetch(self, asked: Asked, kept: Kept | None, deadline: Deadline) -> Page:
        if asked.place.key in self._fetches:
            self._observe(FlightJoined(asked.request.provider.name))
        return await self._fetches.join(asked.place.key, lambda: self._fly(asked, kept), deadline)

    async def _fly(self, asked: Asked, kept: Kept | None) -> Page:
        """Fetch the page, or have the one at hand confirmed, and keep it; waited for by any number of requests."""
        request = replace(asked.request, known=kept.page) if kept and kept.page.validator else asked.request
        deadline = Deadline.after(self._flight_seconds, self._clock)
        try:
            with TimeLimit(self._flight_seconds):
                page = await self._inner(request, deadline)
            stored = self._tiers.keep(asked.place, page)
            return replace(page, origin=replace(page.origin, stored=True)) if stored else page
        except TimeoutError:
            raise UpstreamError(FailureCode.TIMEOUT, "no answer in the time of a flight") from None
        except UpstreamError as error:
            if error.code in REVOKING:
                self._tiers.forget(asked.place.key)
            raise
        finally:
            self._tiers.release(asked.place.key)

    async def _bring(self, asked: Asked) -> None:
        """For a walk that will ask for the page. A failure is for the walk to see."""
        key, deadline = asked.place.key, Deadline.after(self._flight_seconds, self._clock)
        found = await self._shared.find(asked, deadline) if self._tiers.shared else None
        if key in self._fetches or asked.permit(found, self._clock.now()).serves:
            return
        self._ahead.asked(key, asked.request.provider.name, asked.serving())
        try:
            await self._fetch(asked.because("read-ahead"), found, deadline)
        except (UpstreamError, TimeoutError):
            self._ahead.failed(key)

    async def _renew(self, asked: Asked) -> None:
        """Another replica may have done so already. A failure is for those who ask when the page may not be served."""
        deadline = Deadline.after(self._flight_seconds, self._clock)
        held = self._tiers.held(asked.place)
        found = newer(held, await self._shared.find(asked, deadline, fresh=True)) if self._tiers.shared else held
        if asked.permit(found, self._clock.now()) is not Permission.FRESH:
            with suppress(UpstreamError, TimeoutError):
                await self._fetch(asked.because("revalidate"), found, deadline)
