"""``GET /v1/knowledge-stores``: the endpoint's table of contents."""

from starlette.types import Receive, Scope, Send

from gateway.api.auth import Authenticator
from gateway.api.disconnect import until_disconnect
from gateway.api.edge import Exchange
from gateway.api.negotiation import check_acceptable, check_method
from gateway.api.options import ServerOptions
from gateway.api.params import read_request
from gateway.api.render import render
from gateway.api.responses import header, send_answer
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.listing.listing import Listing

PATH = "/v1/knowledge-stores"


class ListStores:
    """An ASGI application; what it raises becomes a problem document in ``Edge``."""

    def __init__(self, *, listing: Listing, authenticator: Authenticator, options: ServerOptions, clock: Clock) -> None:
        self._listing = listing
        self._authenticator = authenticator
        self._options = options
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        check_method(scope)
        tenant = self._authenticator.tenant_of(scope)
        exchange.tenant = tenant.name
        check_acceptable(header(scope, b"accept"), "application/json")
        request = read_request(scope["query_string"], header(scope, b"cache-control"), self._options.max_timeout)
        page = await until_disconnect(
            receive,
            self._listing.page(
                tenant=tenant,
                query=request.query,
                cursor=request.cursor,
                options=request.options,
                deadline=Deadline.after(request.timeout or self._options.deadline, self._clock),
                request_id=exchange.request_id,
            ),
        )
        answer = render(
            page,
            request,
            path=self._options.base_path + PATH,
            seconds=self._clock.monotonic() - exchange.began,
            if_none_match=header(scope, b"if-none-match"),
        )
        await send_answer(scope, send, answer)
