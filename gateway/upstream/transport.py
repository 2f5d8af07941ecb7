"""The connection pool of one provider: httpx's request and response types over aiohttp's connections.

aiohttp's connector and protocol are used without the client session on top of them, which costs more than both: it
makes three objects of every URL, header and answer. What it did is done here, or is not wanted: it repeats a GET whose
connection broke, follows redirects, keeps cookies and reads the environment.

Rules: one request on the wire for one request asked (nothing is sent twice, redirected or answered from a cookie
jar); what is sent is what was given, headers and percent-encoding included; nothing is read from the environment.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from gateway.core.record import Record
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.tls import tls_context
from gateway.upstream.transport_errors import Disconnected, OutOfTurn, as_httpx

#: how long an idle connection is kept, in seconds
KEEP_ALIVE = 15.0

_METHODS = {"GET", "HEAD"}
_SCHEMES = {"http", "https"}


class _Origin(Record, frozen=True):
    """A server: how aiohttp finds a connection to it, and what each request to it says of it.

    ``prefix`` stands before every target: the origin itself where a proxy has to be told (RFC 9112, section 3.2.2).
    """

    key: aiohttp.ClientRequest
    host: bytes
    prefix: bytes


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends requests without a body. Raises ``httpx.TransportError``, ``RuntimeError`` once closed.

    It bounds connecting alone: the caller bounds the whole and may cancel at any point.
    """

    def __init__(self, connector: aiohttp.BaseConnector, *, connect_timeout: float, proxy: str | None = None) -> None:
        """``connector`` is owned from here on."""
        self._connector = connector
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout)
        self._proxy = URL(proxy) if proxy else None
        self._origins: dict[tuple[str, bytes], _Origin] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method not in _METHODS or request.url.scheme not in _SCHEMES:
            raise httpx.UnsupportedProtocol("only requests without a body, over http or https", request=request)
        try:
            origin = self._origin(request.url)
            head = _head(request, origin)
            connection = await self._connect(origin)
            message, payload = await _exchange(connection, head, skip_body=request.method == "HEAD")
        except Exception as error:  # noqa: BLE001 - as_httpx hands back what is not the network's
            raise as_httpx(error) from None
        return httpx.Response(message.code, headers=message.raw_headers, stream=_Body(connection, payload))

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        await self._connector.close()

    def _origin(self, url: httpx.URL) -> _Origin:
        """Made once for each: as many as are configured."""
        name = (url.scheme, url.netloc)
        if name not in self._origins:
            self._origins[name] = self._made(url.scheme, url.netloc)
        return self._origins[name]

    def _made(self, scheme: str, host: bytes) -> _Origin:
        url = f"{scheme}://{host.decode('ascii')}"
        key = aiohttp.ClientRequest("GET", URL(url, encoded=True), loop=asyncio.get_running_loop(), proxy=self._proxy)
        return _Origin(key, host, url.encode("ascii") if self._proxy and scheme == "http" else b"")

    async def _connect(self, origin: _Origin) -> Connection:
        """A connection that is open and has nothing to say yet."""
        if self._connector.closed:
            raise RuntimeError("the pool is closed")
        try:
            connection = await self._connector.connect(origin.key, [], self._timeout)
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection in time") from None
        if connection.protocol is None or connection.protocol.should_close:
            connection.close()
            # what came in while it was idle would be read as the next answer: another tenant's, or one that an
            # attacker has chosen
            raise OutOfTurn("something to read before anything was asked")
        return connection


def open_transport(options: UpstreamOptions) -> httpx.AsyncBaseTransport:
    """A pool for one provider; call it in the running event loop. Raises ``ConfigError`` for unusable TLS files."""
    connector = aiohttp.TCPConnector(
        ssl=tls_context(options.tls),
        limit=0,  # the bulkhead counts calls; a second queue in here would hide them
        keepalive_timeout=KEEP_ALIVE,
    )
    return AiohttpTransport(connector, connect_timeout=options.connect_timeout, proxy=options.proxy)


def _head(request: httpx.Request, origin: _Origin) -> bytes:
    """The request as bytes; its ``target`` extension (https://www.python-httpx.org/advanced/extensions) goes first.

    Raises ``httpx.LocalProtocolError`` where a field would not stay within its line (RFC 9112, section 11.1).
    """
    target = request.extensions.get("target") or request.url.raw_path
    fields = [b"%b: %b" % field for field in request.headers.raw]
    lines = [b"%b %b%b HTTP/1.1" % (request.method.encode("ascii"), origin.prefix, target), b"Host: %b" % origin.host]
    head = b"\r\n".join([*lines, *fields, b"", b""])
    if head.count(b"\n") != len(fields) + 3 or head.count(b"\r") != len(fields) + 3 or b"\0" in head:
        raise httpx.LocalProtocolError("a header cannot be sent", request=request)
    return head


async def _exchange(connection: Connection, head: bytes, *, skip_body: bool) -> tuple[RawResponseMessage, StreamReader]:
    """Send a request and wait for the head of its answer; the connection is closed where that does not come."""
    try:
        protocol = connection.protocol
        assert protocol is not None
        protocol.set_response_params(skip_payload=skip_body, read_until_eof=True, auto_decompress=False)
        _send(protocol, head)
        return await _answer(protocol)
    except BaseException:
        connection.close()
        raise


def _send(protocol: ResponseHandler, head: bytes) -> None:
    if protocol.transport is None or protocol.transport.is_closing():
        raise Disconnected("closed before anything was sent")
    protocol.transport.write(head)


async def _answer(protocol: ResponseHandler) -> tuple[RawResponseMessage, StreamReader]:
    """Interim answers are passed over (RFC 9110, section 15.2)."""
    while True:
        message, payload = await protocol.read()
        if message.code >= HTTPStatus.OK or message.code == HTTPStatus.SWITCHING_PROTOCOLS:
            return message, payload


class _Body(httpx.AsyncByteStream):
    """The body as it comes over the wire. Its own iterator: an async generator would need closing as well."""

    def __init__(self, connection: Connection, payload: StreamReader) -> None:
        self._connection = connection
        self._payload = payload

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._payload.readany()
        except Exception as error:  # noqa: BLE001 - as_httpx hands back what is not the network's
            raise as_httpx(error.with_traceback(None)) from None  # the reader keeps it
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Back into the pool where the body came to its end; else the connection is closed. Never waits."""
        self._connection.release()
