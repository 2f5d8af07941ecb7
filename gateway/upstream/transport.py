"""The connection pool of one provider: httpx's request and response types over connections of our own.

Rules: one request on the wire for one request asked (nothing is sent twice, redirected or answered from a cookie
jar); what is sent is what was given, headers and percent-encoding included; nothing is read from the environment.
``docs/adr/0005-own-connections.md`` says why these are our own.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx

from gateway.upstream.connection import Answer, Connection
from gateway.upstream.dialing import Dialer, Origin
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.tls import tls_context

#: how long an idle connection is kept, in seconds
KEEP_ALIVE = 15.0


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends GETs. Raises ``httpx.TransportError``, ``RuntimeError`` once closed.

    It bounds connecting alone: the caller bounds the whole (``asyncio.timeout``) and may cancel at any point. There is
    no bound on the number of connections either: the bulkhead counts calls, and a second queue would hide them.
    """

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._pools: dict[tuple[str, bytes], Pool] = {}
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            raise httpx.UnsupportedProtocol("only requests without a body")
        if self._closed:
            raise RuntimeError("the transport is closed")
        pool = self._pool(request.url)
        head = _head(request, pool.prefix, pool.origin.authority)
        connection = pool.idle() or await pool.opened()
        answer = await connection.ask(head)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, connection, pool))

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        self._closed = True
        for pool in self._pools.values():
            pool.close()
        await asyncio.sleep(0)  # until the loop has let go of them

    def _pool(self, url: httpx.URL) -> "Pool":
        """One for each server; there are as many as are configured."""
        name = (url.scheme, url.netloc)
        if name not in self._pools:
            self._pools[name] = Pool(Origin.of(url), self._dialer)
        return self._pools[name]


class Pool:
    """The connections to one server."""

    def __init__(self, origin: Origin, dialer: Dialer) -> None:
        self.origin = origin
        self.prefix = dialer.prefix(origin)
        #: all that are open
        self.connections: set[Connection] = set()
        #: those that wait to be used again, and since when: the last of them was used last
        self.waiting: dict[Connection, float] = {}
        self._dialer = dialer
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    def idle(self) -> Connection | None:
        """One that was used before and can be again."""
        while self.waiting:
            connection, since = self.waiting.popitem()
            if connection.usable and _now() - since < KEEP_ALIVE:
                return connection
            connection.close()
        return None

    async def opened(self) -> Connection:
        """A new one. Raises ``httpx.TransportError``."""
        connection = await self._dialer.dial(self.origin, self.connections)
        if self._closed:
            connection.close()
        elif connection.usable:
            self.connections.add(connection)
        return connection

    def back(self, connection: Connection, answer: Answer) -> None:
        """Take a connection back, whose answer was read, or given up."""
        if connection.rest(answer):
            self.waiting[connection] = _now()
            if self._sweep is None:
                self._sweep = asyncio.get_running_loop().call_later(KEEP_ALIVE, self._swept)

    def close(self) -> None:
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in tuple(self.connections):
            connection.close()

    def _swept(self) -> None:
        """Close those that have waited for too long."""
        oldest = _now() - KEEP_ALIVE
        for connection, since in tuple(self.waiting.items()):
            if since <= oldest or not connection.usable:
                del self.waiting[connection]
                connection.close()
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(KEEP_ALIVE, self._swept) if self.waiting else None


def open_transport(options: UpstreamOptions) -> httpx.AsyncBaseTransport:
    """A pool for one provider. Raises ``ConfigError`` for unusable TLS files."""
    context = tls_context(options.tls)
    return PooledTransport(Dialer(context=context, connect_timeout=options.connect_timeout, proxy=options.proxy))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _head(request: httpx.Request, prefix: bytes, authority: bytes) -> bytes:
    """The request as bytes; its ``target`` extension (https://www.python-httpx.org/advanced/extensions) goes first.

    Raises ``httpx.LocalProtocolError`` where a field would not stay within its line (RFC 9112, section 11.1).
    """
    target = request.extensions.get("target") or request.url.raw_path
    fields = [b"%b: %b" % field for field in request.headers.raw if field[0].lower() != b"host"]
    lines = [b"GET %b%b HTTP/1.1" % (prefix, target), b"Host: %b" % authority, *fields, b"", b""]
    head = b"\r\n".join(lines)
    ends = len(lines) - 1
    if head.count(b"\n") != ends or head.count(b"\r") != ends or b"\0" in head:
        raise httpx.LocalProtocolError("a header cannot be sent")
    return head


class _Body(httpx.AsyncByteStream):
    """The body as it comes over the wire. Its own iterator: an async generator would need closing as well."""

    def __init__(self, answer: Answer, connection: Connection, pool: Pool) -> None:
        self._answer = answer
        self._connection = connection
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._answer.chunk()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """The connection goes back where the body came to its end; else it is closed. Never waits."""
        self._pool.back(self._connection, self._answer)
