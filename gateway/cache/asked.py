"""One request for a page, and every decision about it. Pure; ``now`` is Unix time in seconds."""

from typing import Any, Literal

from msgspec.structs import replace

from gateway.cache.freshness import Permission
from gateway.cache.tiers import Kept, Place
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.record import Record
from gateway.provider.fetch import Cause, PageRequest
from gateway.provider.page import Origin, Page

#: access may have been withdrawn: the page is not kept any longer
REVOKING = frozenset({FailureCode.UNAUTHORIZED, FailureCode.FORBIDDEN, FailureCode.NOT_FOUND})
_NEVER_STALE = REVOKING | {FailureCode.CONFIG}

Reason = Literal["uri-miss", "stale", "request", "bypass"]


class Asked(Record, frozen=True):
    request: PageRequest
    place: Place

    def because(self, cause: Cause) -> "Asked":
        """The same, asked for another reason."""
        return Asked(replace(self.request, cause=cause), self.place)

    @property
    def uses_cache(self) -> bool:
        """Whether a cached page could do at all."""
        return self.place.windows.retention() > 0 and self.request.max_age != 0

    def serving(self, *, fresh: bool = False) -> float:
        """The greatest age at which a page will do, in seconds; ``fresh``: will not even be renewed."""
        windows = self.place.windows
        most = windows.fresh if fresh else windows.fresh + windows.revalidate
        return most if self.request.max_age is None else min(most, self.request.max_age)

    def permit(self, kept: Kept | None, now: float) -> Permission:
        """What ``kept`` may be used for, by the windows and by what was asked."""
        if kept is None:
            return Permission.EXPIRED
        return self.place.windows.permit(now - kept.page.fetched_at, self.request.max_age)

    def stands_in(self, kept: Kept | None, error: UpstreamError | TimeoutError, now: float) -> bool:
        """Whether ``kept`` may be served because the fetch failed or is late."""
        if isinstance(error, UpstreamError) and error.code in _NEVER_STALE:
            return False
        return self.permit(kept, now) is not Permission.EXPIRED

    def reason(self, kept: Kept | None, now: float) -> Reason:
        """Why the provider is asked although ``kept`` was found (RFC 9211, section 2.2)."""
        if self.place.windows.retention() <= 0:
            return "bypass"
        if self.request.max_age == 0:
            return "request"
        if kept is None:
            return "uri-miss"
        return "request" if self.place.windows.permit(now - kept.page.fetched_at).serves else "stale"

    def dated(self, page: Page, origin: Origin, now: float, **known: Any) -> Page:
        """``page`` with ``origin`` and what else is ``known`` of it, its age, and the freshness that it has left."""
        age = max(0.0, now - page.fetched_at)
        return replace(page, origin=replace(origin, age=age, ttl=self.place.windows.fresh - age, **known))
