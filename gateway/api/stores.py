"""``GET /v1/knowledge-stores``: the endpoint's table of contents.

::

    key, media type, parameters --> a page kept whole? --> sent
                                     '-- no: the listing --> rendered, kept where it may be --> sent
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from gateway.api.auth import Authenticator
from gateway.api.compression import compressed
from gateway.api.disconnect import until_disconnect
from gateway.api.exchange import Exchange
from gateway.api.negotiation import accepts_gzip, check_acceptable, check_method
from gateway.api.options import ServerOptions
from gateway.api.params import ListRequest, read_request
from gateway.api.render import Recalled, answer, body_of, form_of, measured, rendered
from gateway.api.responses import Headers, send_answer, send_prepared, sent_at_once
from gateway.cache.asked import REVOKING
from gateway.cache.rendered import RenderedKey, RenderedPage, RenderedStore
from gateway.cache.tiers import Tier
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.events import Observer, PageServed
from gateway.core.record import Record
from gateway.core.tenant import Tenant
from gateway.listing.listing import Listing

PATH = "/v1/knowledge-stores"
#: requests whose meaning is remembered, and the longest, headers included: what holds a cursor of 7 KiB
REMEMBERED, LONGEST_REMEMBERED = 1024, 8 * 1024

#: a page that was kept whole, and where
Kept = tuple[RenderedPage, Tier]


class Asked(Record, frozen=True):
    """What a client says beside its API key, read. The whole answer is kept under ``key``; ``gzip``: it takes that."""

    request: ListRequest
    key: RenderedKey
    gzip: bool
    max_age: float | None


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
        asked = self._reading(tenant.name, scope["query_string"], exchange)
        kept = self._held(asked) or await self._fetched(asked)
        if kept is None:
            await self._send_listed(scope, receive, send, tenant, asked)
            return
        page, tier = kept
        self._observer(PageServed(tenant.name, "complete", page.items, tier))
        seconds = self._clock.monotonic() - exchange.began
        form = form_of(page, exchange.headers.get(b"if-none-match"), gzip=asked.gzip)
        body = body_of(page, form)
        if body is None:
            body = await self._compressed(asked.key, page)
        said = self._recalled.answer(page, tier, form, length=len(body), now=self._clock.now())
        if not sent_at_once(scope, send, said, body, seconds):
            await send_prepared(scope, send, said, body, seconds)

    def _reading(self, tenant: str, query_string: bytes, exchange: Exchange) -> Asked:
        headers = exchange.headers
        short = len(query_string) + exchange.headers_size <= LONGEST_REMEMBERED
        return (self._read if short else self._asked)(
            tenant, query_string, headers.get(b"accept"), headers.get(b"accept-encoding"), headers.get(b"cache-control")
        )

    def _asked(
        self, tenant: str, query_string: bytes, accept: bytes | None, encoding: bytes | None, control: bytes | None
    ) -> Asked:
        check_acceptable(_text(accept), "application/json")
        request = read_request(query_string, _text(control), self._options.max_timeout)
        asked = (request.query, request.cursor, request.options.limit, request.options.raw, request.free)
        digest = hashlib.blake2b(self._meanings[tenant], digest_size=16)
        digest.update(repr(asked).encode())
        key = RenderedKey(digest.hexdigest(), tenant)
        return Asked(request, key, accepts_gzip(_text(encoding)), request.options.max_age)

    def _held(self, asked: Asked) -> Kept | None:
        page = self._pages.held(asked.key)
        return (page, "memory") if page and self._is_new_enough(page, asked.max_age) else None

    async def _fetched(self, asked: Asked) -> Kept | None:
        page, request = None, asked.request
        if asked.max_age != 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(request.timeout and request.timeout / 2):
                    page = await self._pages.fetched(asked.key)
        return (page, "redis") if page and self._is_new_enough(page, asked.max_age) else None

    def _is_new_enough(self, page: RenderedPage, max_age: float | None) -> bool:
        return max_age is None or 0 < max_age >= self._clock.now() - page.fetched_at

    async def _send_listed(self, scope: Scope, receive: Receive, send: Send, tenant: Tenant, asked: Asked) -> None:
        exchange: Exchange = scope["exchange"]
        page, headers = await until_disconnect(receive, self._list(tenant, asked, exchange))
        form = form_of(page, exchange.headers.get(b"if-none-match"), gzip=asked.gzip)
        body = body_of(page, form)
        if body is None:
            body = await self._compressed(asked.key, page)
        await send_answer(scope, send, answer(form, headers, body))

    async def _list(self, tenant: Tenant, asked: Asked, exchange: Exchange) -> tuple[RenderedPage, Headers]:
        request = asked.request
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
            self._pages.keep(asked.key, whole)
        return whole, measured(whole, page.parts, self._clock.monotonic() - exchange.began)

    async def _compressed(self, key: RenderedKey, page: RenderedPage) -> bytes:
        """The body as gzip, which a page that is kept has from then on: made once, not once for each client."""
        body = await compressed(page.body)
        if self._pages.held(key) is page:  # else it was replaced meanwhile, or may not be seen any longer
            self._pages.hold(key, replace(page, compressed=body))
        return body


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
