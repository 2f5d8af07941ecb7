"""The connection pool of one provider: httpx's request and response types over aiohttp's connections.

Rules: one request on the wire for one request asked (nothing is sent twice, redirected or answered from a cookie
jar); what is sent is what was given, headers and percent-encoding included; nothing is read from the environment.
"""

from collections.abc import AsyncIterator

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from gateway.upstream.options import UpstreamOptions
from gateway.upstream.tls import tls_context
from gateway.upstream.transport_errors import OutOfTurn, as_httpx

#: how long an idle connection is kept, in seconds
KEEP_ALIVE = 15.0


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends requests without a body. Raises ``httpx.TransportError``, ``RuntimeError`` once closed.

    It bounds connecting alone: the caller bounds the whole (``asyncio.timeout``) and may cancel at any point.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """``session`` is owned from here on, and set up as ``open_transport`` does."""
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method not in {"GET", "HEAD"}:
            raise httpx.UnsupportedProtocol("only requests without a body", request=request)
        try:
            response = await self._session.request(
                request.method,
                _encoded_url(request),
                headers=[(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw],
                allow_redirects=False,
            )
        except Exception as error:  # noqa: BLE001 - as_httpx hands back what is not the network's
            raise as_httpx(error) from None
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Body(response))

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        await self._session.close()


def open_transport(options: UpstreamOptions) -> httpx.AsyncBaseTransport:
    """A pool for one provider; call it in the running event loop. Raises ``ConfigError`` for unusable TLS files."""
    connector = _Connector(
        ssl=tls_context(options.tls),
        limit=0,  # the bulkhead counts calls; a second queue in here would hide them
        keepalive_timeout=KEEP_ALIVE,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, connect=options.connect_timeout),
        proxy=options.proxy,
        middlewares=(_send_once,),
    )
    return AiohttpTransport(session)


def _encoded_url(request: httpx.Request) -> URL:
    """The request's URL, with the ``target`` extension (https://www.python-httpx.org/advanced/extensions) in it."""
    url, target = request.url, request.extensions.get("target")
    if target is None:
        return URL(str(url), encoded=True)
    return URL(f"{url.scheme}://{url.netloc.decode('ascii')}{target.decode('ascii')}", encoded=True)


class _Connector(aiohttp.TCPConnector):
    """aiohttp's pool, without its reading of whatever came in while a connection was idle as the next answer.

    That answer would be somebody else's: another tenant's, or one an attacker has chosen.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own parameter
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        if connection.protocol is None or connection.protocol.should_close:
            connection.close()
            raise OutOfTurn("something to read before anything was asked")
        return connection


async def _send_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Translate inside of aiohttp's own retry, which repeats a GET whose connection broke; ours are counted."""
    try:
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - as_httpx hands back what is not the network's
        raise as_httpx(error) from None


class _Body(httpx.AsyncByteStream):
    """The body as it comes over the wire. Its own iterator: an async generator would need closing as well."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._response.content.readany()
        except Exception as error:  # noqa: BLE001 - as_httpx hands back what is not the network's
            raise as_httpx(error) from None
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Back into the pool where the body was read to its end; else the connection is closed. Never waits."""
        self._response.close()
