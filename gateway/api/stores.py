"""``GET /v1/knowledge-stores``: the endpoint's table of contents.

::

    key, media type, parameters --> a page kept whole? --> sent
                                     '-- no: the listing --> rendered, kept where it may be --> sent
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from starlette.types import Receive, Scope, Send

from gateway.api.auth import Authenticator
from gateway.api.compression import WORTHWHILE, compressed
from gateway.api.disconnect import until_disconnect
from gateway.api.exchange import Exchange
from gateway.api.negotiation import accepts_gzip, check_acceptable, check_method
from gateway.api.options import ServerOptions
from gateway.api.params import ListRequest, read_request
from gateway.api.render import Recalled, answer, is_known, measured, rendered
from gateway.api.responses import Answer, Headers, header, send_answer
from gateway.cache.asked import REVOKING
from gateway.cache.rendered import RenderedKey, RenderedPage, RenderedStore
from gateway.cache.tiers import Tier
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.events import Observer, PageServed
from gateway.core.tenant import Tenant
from gateway.listing.listing import Listing

PATH = "/v1/knowledge-stores"
#: query strings whose meaning is remembered, and the longest of them: what holds a cursor of 7 KiB
REMEMBERED, LONGEST_REMEMBERED = 1024, 8 * 1024

#: a page, and the headers of this answer with it
Whole = tuple[RenderedPage, Headers]


class ListStores:
    """An ASGI application; what it raises becomes a problem document in ``Edge``.

    ``meanings`` holds, for each tenant by name, a digest of all that the config says of its listings: what was
    rendered under another one is not served.
    """

    def __init__(
        self,
        *,
        listing: Listing,
        pages: RenderedStore,
        meanings: Mapping[str, bytes],
        authenticator: Authenticator,
        options: ServerOptions,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._listing = listing
        self._pages = pages
        self._meanings = meanings
        self._authenticator = authenticator
        self._options = options
        self._path = options.base_path + PATH
        self._clock = clock
        self._observer = observer
        self._recalled = Recalled()
        self._read = lru_cache(maxsize=REMEMBERED)(self._asked)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        check_method(scope)
        tenant = self._authenticator.tenant_of(scope)
        exchange: Exchange = scope["exchange"]
        exchange.tenant = tenant.name
        check_acceptable(header(scope, b"accept"), "application/json")
        request, key = self._reading(tenant.name, scope["query_string"], header(scope, b"cache-control"))
        whole = self._held(tenant, request, key, exchange) or await self._fetched(tenant, request, key, exchange)
        if whole is None:
            whole = await until_disconnect(receive, self._list(tenant, request, key, exchange))
        await self._send(scope, send, key, *whole)

    def _reading(self, tenant: str, query_string: bytes, cache_control: str | None) -> tuple[ListRequest, RenderedKey]:
        short = len(query_string) + len(cache_control or "") <= LONGEST_REMEMBERED
        return (self._read if short else self._asked)(tenant, query_string, cache_control)

    def _asked(self, tenant: str, query_string: bytes, cache_control: str | None) -> tuple[ListRequest, RenderedKey]:
        """What is asked, and under which key the whole answer to it is kept."""
        request = read_request(query_string, cache_control, self._options.max_timeout)
        asked = (request.query, request.cursor, request.options.limit, request.options.raw, request.free)
        digest = hashlib.blake2b(self._meanings[tenant], digest_size=16)
        digest.update(repr(asked).encode())
        return request, RenderedKey(digest.hexdigest(), tenant)

    def _held(self, tenant: Tenant, request: ListRequest, key: RenderedKey, exchange: Exchange) -> Whole | None:
        page = self._pages.held(key)
        return self._recall(page, "memory", tenant, request, exchange) if page else None

    async def _fetched(
        self, tenant: Tenant, request: ListRequest, key: RenderedKey, exchange: Exchange
    ) -> Whole | None:
        page = None
        if request.options.max_age != 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(request.timeout and request.timeout / 2):
                    page = await self._pages.fetched(key)
        return self._recall(page, "redis", tenant, request, exchange) if page else None

    def _recall(
        self, page: RenderedPage, tier: Tier, tenant: Tenant, request: ListRequest, exchange: Exchange
    ) -> Whole | None:
        """A page that was kept whole, where it is as new as is wanted."""
        max_age, now = request.options.max_age, self._clock.now()
        if max_age is not None and (not max_age or now - page.fetched_at > max_age):
            return None
        self._observer(PageServed(tenant.name, "complete", page.items, tier))
        seconds = self._clock.monotonic() - exchange.began
        return page, self._recalled.headers(page, tier, now=now, seconds=seconds)

    async def _list(self, tenant: Tenant, request: ListRequest, key: RenderedKey, exchange: Exchange) -> Whole:
        asked_at = self._clock.now()  # ages count from here: a slow provider must not make the others' pages younger
        page = await self._listing.page(
            tenant=tenant,
            query=request.query,
            cursor=request.cursor,
            options=request.options,
            deadline=Deadline(exchange.began + (request.timeout or self._options.deadline), self._clock),
            request_id=exchange.request_id,
        )
        if any(part.failure and part.failure.code in REVOKING for part in page.parts):
            self._pages.forget(tenant.name)
        link = f"{self._path}?{request.next_query(page.next_cursor)}" if page.next_cursor else None
        whole = rendered(page, link=link, now=asked_at)
        if whole.fresh_until:
            self._pages.keep(key, whole)
        return whole, measured(whole, page.parts, self._clock.monotonic() - exchange.began)

    async def _send(self, scope: Scope, send: Send, key: RenderedKey, page: RenderedPage, headers: Headers) -> None:
        if is_known(page, header(scope, b"if-none-match")):
            await send_answer(scope, send, Answer(304, headers))
            return
        wanted = len(page.body) >= WORTHWHILE and accepts_gzip(header(scope, b"accept-encoding"))
        body = await self._compressed(key, page) if wanted else None
        await send_answer(scope, send, answer(page, headers, compressed=body))

    async def _compressed(self, key: RenderedKey, page: RenderedPage) -> bytes:
        """The body as gzip: made once for each page that is kept, not once for each client."""
        if page.compressed is not None:
            return page.compressed
        body = await compressed(page.body)
        if self._pages.held(key) is page:  # else it was replaced meanwhile, or may not be seen any longer
            self._pages.hold(key, replace(page, compressed=body))
        return body
