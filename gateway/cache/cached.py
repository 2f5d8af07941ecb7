"""Do we have this page? A ``Fetch`` around another one.

::

    memory --> Redis ----> inner fetch (one flight per page in this process) --> memory, and Redis behind
       |  newest that may      |
       |  be served            '-- fails or is late: the page at hand, where it may be used on error
       '--> renewed behind, where it is past fresh

- Whoever asks decides for itself what will do; what is shared is only the look into Redis and the fetch.
- A deadline bounds waiting. The fetch has a time of its own and fills the cache when nobody waits any more.
- 401, 403 and 404 are never answered with an old page, and remove it: access may have been withdrawn.
- ``origin`` tells what happened, in the terms of RFC 9211.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from gateway.cache.freshness import Permission, Windows
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.cache.singleflight import SingleFlight
from gateway.cache.tiers import Kept, Place, Tiers, newer
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import FlightJoined, Observer
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Origin, Page

#: seconds an inner fetch may take, whoever waits for it
FLIGHT_SECONDS = 30.0

_REVOKING = {FailureCode.UNAUTHORIZED, FailureCode.FORBIDDEN, FailureCode.NOT_FOUND}
_NEVER_STALE = {*_REVOKING, FailureCode.CONFIG}

Reason = Literal["uri-miss", "stale", "request", "bypass"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request for a page, and the place of that page."""

    request: PageRequest
    place: Place

    @property
    def uses_cache(self) -> bool:
        return self.place.windows.retention() > 0 and self.request.max_age != 0


class Cached:
    """``windows`` gives those of a provider by its name. ``redis`` is not closed here: others use it too."""

    def __init__(
        self,
        *,
        inner: Fetch,
        memory: MemoryStore,
        redis: RedisStore | None,
        windows: Callable[[str], Windows],
        clock: Clock,
        observe: Observer,
        flight_seconds: float = FLIGHT_SECONDS,
    ) -> None:
        self._inner = inner
        self._windows = windows
        self._clock = clock
        self._observe = observe
        self._flight_seconds = flight_seconds
        self._tiers = Tiers(memory=memory, redis=redis, clock=clock, observe=observe)
        self._looks: SingleFlight[Kept | None] = SingleFlight()
        self._fetches: SingleFlight[Page] = SingleFlight()
        self._renewals: SingleFlight[None] = SingleFlight()

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        """Raises as the inner fetch does; ``TimeoutError`` also once ``deadline`` has passed."""
        place = Place(request.key(), request.tenant, self._windows(request.provider.name))
        asked = _Asked(request, place)
        kept = await self._find(asked, deadline) if asked.uses_cache else None
        permission = self._permit(asked, kept)
        if kept is None or not permission.serves:
            return await self._forward(asked, kept, deadline)
        if permission is Permission.REVALIDATE:
            self._renewals.start(place.key, lambda: self._renew(asked))
        return self._serve(asked, kept)

    async def aclose(self) -> None:
        """End every flight, and wait for the writes under way."""
        for flights in (self._renewals, self._looks, self._fetches):
            await flights.aclose()
        await self._tiers.aclose()

    async def _find(self, asked: _Asked, deadline: Deadline) -> Kept | None:
        held = self._tiers.look(asked.place)
        if not self._tiers.shared or self._permit(asked, held).serves:
            return held
        return newer(held, await self._look(asked.place, deadline))

    async def _look(self, place: Place, deadline: Deadline) -> Kept | None:
        """What Redis has, or what a fetch put into memory meanwhile; None where that cannot be told in time."""
        with suppress(TimeoutError):
            found = await self._looks.join(place.key, lambda: self._tiers.fetched(place), deadline)
            return newer(found, self._tiers.held(place))
        return None

    async def _forward(self, asked: _Asked, kept: Kept | None, deadline: Deadline) -> Page:
        reason = self._reason(asked, kept)
        collapsed = asked.place.key in self._fetches
        try:
            page = await self._fetch(asked, deadline)
        except (UpstreamError, TimeoutError) as error:
            if kept is None or not self._may_stand_in(asked, kept, error):
                raise
            return self._serve(asked, kept, stale=True, collapsed=collapsed, forwarded=reason)
        age, ttl = self._age(page, asked.place.windows)
        origin = replace(page.origin, age=age, ttl=ttl, collapsed=collapsed, forwarded=reason)
        return replace(page, origin=origin)

    async def _fetch(self, asked: _Asked, deadline: Deadline) -> Page:
        if asked.place.key in self._fetches:
            self._observe(FlightJoined(asked.request.provider.name))
        return await self._fetches.join(asked.place.key, lambda: self._fly(asked), deadline)

    async def _fly(self, asked: _Asked) -> Page:
        """Fetch the page and keep it; waited for by any number of requests, also none."""
        deadline = Deadline.after(self._flight_seconds, self._clock)
        try:
            async with asyncio.timeout(deadline.remaining()):
                page = await self._inner(asked.request, deadline)
        except TimeoutError:
            raise UpstreamError(FailureCode.TIMEOUT, "no answer in the time of a flight") from None
        except UpstreamError as error:
            if error.code in _REVOKING:
                self._tiers.forget(asked.place.key)
            raise
        return replace(page, origin=replace(page.origin, stored=self._tiers.keep(asked.place, page)))

    async def _renew(self, asked: _Asked) -> None:
        """Another replica may have done so already. A failure is for those who ask when the page may not be served."""
        deadline = Deadline.after(self._flight_seconds, self._clock)
        found = await self._look(asked.place, deadline) if self._tiers.shared else None
        if found is None or self._permit_at_all(asked, found) is not Permission.FRESH:
            with suppress(UpstreamError, TimeoutError):
                await self._fetch(asked, deadline)

    def _serve(
        self,
        asked: _Asked,
        kept: Kept,
        *,
        stale: bool = False,
        collapsed: bool = False,
        forwarded: Reason | None = None,
    ) -> Page:
        age, ttl = self._age(kept.page, asked.place.windows)
        origin = Origin(tier=kept.tier, age=age, ttl=ttl, stale=stale, collapsed=collapsed, forwarded=forwarded)
        return replace(kept.page, origin=origin)

    def _permit(self, asked: _Asked, kept: Kept | None) -> Permission:
        if kept is None:
            return Permission.EXPIRED
        return asked.place.windows.permit(self._clock.now() - kept.page.fetched_at, asked.request.max_age)

    def _permit_at_all(self, asked: _Asked, kept: Kept) -> Permission:
        return asked.place.windows.permit(self._clock.now() - kept.page.fetched_at)

    def _may_stand_in(self, asked: _Asked, kept: Kept, error: UpstreamError | TimeoutError) -> bool:
        withdrawn = isinstance(error, UpstreamError) and error.code in _NEVER_STALE
        return not withdrawn and self._permit(asked, kept) is not Permission.EXPIRED

    def _reason(self, asked: _Asked, kept: Kept | None) -> Reason:
        """Why the cache does not answer (RFC 9211, section 2.2)."""
        if asked.place.windows.retention() <= 0:
            return "bypass"
        if asked.request.max_age == 0:
            return "request"
        if kept is None:
            return "uri-miss"
        return "request" if self._permit_at_all(asked, kept).serves else "stale"

    def _age(self, page: Page, windows: Windows) -> tuple[float, float]:
        """The page's age and the freshness it has left."""
        age = max(0.0, self._clock.now() - page.fetched_at)
        return age, windows.fresh - age
