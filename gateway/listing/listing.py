"""One page of the merge: open the cursor, ask every provider at once, interleave, seal the next cursor."""

import asyncio
import itertools
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gateway.core.deadline import Deadline
from gateway.core.errors import (
    CursorExpired,
    CursorInvalid,
    CursorMismatch,
    CursorStoreUnavailable,
    GatewayError,
    InvalidParameter,
)
from gateway.core.events import CursorRejected, ItemsLost, Observer, PageServed, ProviderFailed, ProviderStale
from gateway.core.query import ListQuery, PageOptions
from gateway.core.store import KnowledgeStore
from gateway.core.tenant import Tenant
from gateway.listing.asking import Asking
from gateway.listing.cursor import Cursor
from gateway.listing.issue import CursorIssuer
from gateway.listing.leaf import Item
from gateway.listing.merge import Supply, demand, interleave
from gateway.listing.outcome import (
    ListingError,
    NothingDelivered,
    WalkFailed,
    check_strict,
    counted,
    give_up,
    progressed,
    spent,
)
from gateway.listing.position import Place
from gateway.listing.report import ListingPage, Part
from gateway.listing.stream import ProviderStream, anchors_for
from gateway.provider.fetch import Fetch, PageRequest, ReadAhead
from gateway.provider.provider import Provider

#: the provider of that name as this tenant may use it, or None where it may not or there is none
FindProvider = Callable[[Tenant, str], Provider | None]


class Listing:
    """The engine. ``failed_rounds`` and ``anchors`` as in ``WalkOptions``; ``ahead`` None: nothing is read ahead."""

    def __init__(
        self,
        *,
        find: FindProvider,
        fetch: Fetch,
        issuer: CursorIssuer,
        observer: Observer,
        failed_rounds: int,
        anchors: int,
        ahead: ReadAhead | None = None,
    ) -> None:
        self._find = find
        self._fetch = fetch
        self._issuer = issuer
        self._observer = observer
        self._failed_rounds = failed_rounds
        self._anchors = anchors
        self._ahead = ahead

    async def page(
        self,
        *,
        tenant: Tenant,
        query: ListQuery,
        cursor: str | None,
        options: PageOptions,
        deadline: Deadline,
        request_id: str,
    ) -> ListingPage:
        """The page after ``cursor`` (None: the first).

        Raises ``RequestError`` for what the client can mend, ``ListingError`` where no page can be given, and
        ``CursorStoreUnavailable``.
        """
        walk = self._begin(tenant, query) if cursor is None else await self._open(cursor, tenant, query)
        providers = [self._find(tenant, place.provider) for place in walk.places]
        streams = self._streams(walk, providers, tenant, options, deadline=deadline, request_id=request_id)
        items, turn = await _merge(streams, walk.turn, options.limit, deadline)
        parts = tuple(map(_part, walk.places, providers, streams))
        self._tell_troubles(tenant, parts, request_id)
        try:
            if options.strict:
                check_strict(parts)
            rendered = _rendered(items, raw=options.raw)
            page = await self._conclude(tenant, replace(walk, turn=turn), parts, rendered, request_id)
        except ListingError:
            self._observer(PageServed(tenant.name, "failed", 0))
            raise
        self._observer(PageServed(tenant.name, "complete" if page.complete else "partial", len(page.items)))
        if self._ahead and page.next_cursor:
            _read_ahead(streams, self._ahead)
        return page

    def _begin(self, tenant: Tenant, query: ListQuery) -> Cursor:
        places = []
        for name in tenant.providers if query.providers is None else query.providers:
            provider = self._find(tenant, name)
            if provider is None:
                known = ", ".join(tenant.providers) or "none"
                raise InvalidParameter("provider", f"names a provider that is not available here. Available: {known}.")
            places.append(Place(name, provider.meaning))
        return Cursor(query, tuple(places))

    async def _open(self, text: str, tenant: Tenant, query: ListQuery) -> Cursor:
        try:
            walk = await self._issuer.open(text, tenant.name)
            if query.providers not in {None, tuple(place.provider for place in walk.places)}:
                raise CursorMismatch("provider", "differs from the listing that the cursor continues. Leave it out.")
        except GatewayError as error:
            self._observer(CursorRejected(_rejection(error)))
            raise
        return walk

    def _streams(
        self,
        walk: Cursor,
        providers: Sequence[Provider | None],
        tenant: Tenant,
        options: PageOptions,
        *,
        deadline: Deadline,
        request_id: str,
    ) -> list[ProviderStream | None]:
        """A stream for each place; None where it has ended, or its provider is not the one it was."""
        anchors = anchors_for(len(walk.places), self._anchors)

        def stream(place: Place, provider: Provider | None) -> ProviderStream | None:
            if place.ended or provider is None or provider.meaning != place.meaning:
                return None
            request = PageRequest(tenant.name, provider, None, options.max_age, request_id)
            asking = Asking(fetch=self._fetch, request=request, deadline=deadline, total=place.total)
            return ProviderStream(
                place=place, provider=provider, asking=asking, anchors=anchors, cuts=self._issuer.holds_searches
            )

        return list(map(stream, walk.places, providers))

    async def _conclude(
        self, tenant: Tenant, walk: Cursor, parts: tuple[Part, ...], items: list[KnowledgeStore], request_id: str
    ) -> ListingPage:
        rounds = 0 if progressed(parts) else counted(walk.rounds, parts)
        if rounds and spent(parts, rounds, self._failed_rounds):
            if not any(place.began for place in walk.places):
                raise WalkFailed(parts)
            parts = give_up(parts)
        self._tell_losses(tenant, walk.places, parts, request_id)
        if not any(part.left for part in parts):
            return ListingPage(items, None, parts)
        places = tuple(part.place for part in parts)
        following = await self._issuer.seal(replace(walk, places=places, rounds=rounds), tenant.name)
        if rounds:
            raise NothingDelivered(parts, following)
        return ListingPage(items, following, parts)

    def _tell_troubles(self, tenant: Tenant, parts: Sequence[Part], request_id: str) -> None:
        for part in parts:
            if part.status == "stale":
                self._observer(ProviderStale(part.place.provider, tenant.name, request_id))
            elif part.failure:
                code, status, detail = part.failure.code.value, part.failure.status, part.failure.detail
                self._observer(ProviderFailed(part.place.provider, tenant.name, code, status, detail, request_id))

    def _tell_losses(self, tenant: Tenant, before: Sequence[Place], parts: Sequence[Part], request_id: str) -> None:
        for place, part in zip(before, parts, strict=True):
            for reason in part.place.lost & ~place.lost if part.place.lost else ():
                self._observer(ItemsLost(place.provider, tenant.name, reason.reason() or "", request_id))


async def _merge(
    streams: Sequence[ProviderStream | None], turn: int, limit: int, deadline: Deadline
) -> tuple[list[Item], int]:
    """Up to ``limit`` items, fairly, and whose turn it is then.

    Every open stream is asked at once, and again only where what it has turns out to be too little. Behind the deadline
    nobody is asked again: the page is shorter, and a stream that did answer is not made to fail.
    """
    for asking in itertools.count():
        supplies = [stream.supply if stream else _NOTHING for stream in streams]
        wanted = [max(1, count) for count in demand(supplies, turn, limit)]
        short = [
            (stream, count)
            for stream, supply, count in zip(streams, supplies, wanted, strict=True)
            if stream and supply.open and supply.ready < count
        ]
        if not short or (asking and not deadline.remaining()):
            break
        await _fill_all(short)
    merged = interleave([stream.offer if stream else _NOTHING for stream in streams], turn, limit)
    return [stream.take() for index in merged.order if (stream := streams[index])], merged.turn


_NOTHING = Supply(0, open=False)


def _read_ahead(streams: Sequence[ProviderStream | None], ahead: ReadAhead) -> None:
    for stream in streams:
        request = stream.ahead() if stream else None
        if request:
            ahead(request)


async def _fill_all(wanted: Sequence[tuple[ProviderStream, int]]) -> None:
    try:
        async with asyncio.TaskGroup() as asking:
            for stream, count in wanted:
                asking.create_task(stream.fill(count))
    except ExceptionGroup as faults:  # of our own: what a provider does wrong is a value
        raise faults.exceptions[0] from None


def _part(place: Place, provider: Provider | None, stream: ProviderStream | None) -> Part:
    stable = provider is not None and provider.stable_order
    if stream is None:
        return Part(place, removed=not place.ended, stable_order=stable)
    after = stream.settle()
    return Part(
        place=after,
        moved=after.position != place.position,
        returned=after.sent - place.sent,
        failure=stream.failure,
        scanning=stream.scanning,
        stable_order=stable,
        origins=tuple(stream.asking.origins),
        waited=stream.asking.waited,
    )


def _rendered(items: Sequence[Item], *, raw: bool) -> list[KnowledgeStore]:
    if raw:
        return [{**item.store, "raw": item.raw} for item in items]
    return [item.store for item in items]


def _rejection(error: GatewayError) -> str:
    """Why a cursor was refused, for metrics alone."""
    match error:
        case CursorInvalid(reason=reason):
            return reason
        case CursorExpired():
            return "expired"
        case CursorMismatch():
            return "mismatch"
        case CursorStoreUnavailable():
            return "store_unavailable"
    return "other"
