"""One HTTP/1.1 connection: a request goes out, its answer comes back, parsed by llhttp (``httptools``, as in uvicorn).

Rules: what the peer sends without being asked is never read as an answer, and ends the connection; so does whatever is
not to the letter of RFC 9112. An answer that was given up ends it, too: what is left of it would be the next one's.
"""

import asyncio
import ssl
from http import HTTPStatus
from typing import cast

import httptools
import httpx

from gateway.upstream.transport_errors import Disconnected, TlsFailed, Truncated

#: the largest head of an answer, in bytes, and its most header lines
MAX_HEAD = 64 * 1024
MAX_FIELDS = 256

_FRAMING = {b"content-length", b"transfer-encoding"}


class Answer:
    """What has come of an answer so far; the callbacks of its parser fill it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.keeps_alive = False
        self._chunks: list[bytes] = []
        self._headed = False
        self._fed = 0
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)

    async def head(self) -> None:
        """Wait for status and headers; interim answers are passed over (RFC 9110, section 15.2)."""
        while not self._headed:
            await self._more()

    async def chunk(self) -> bytes:
        """What has come of the body since the last one; nothing at its end. Raises ``httpx.TransportError``."""
        while not self._chunks:
            if self.complete:
                return b""
            await self._more()
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        return data

    def feed(self, data: bytes) -> None:
        """Bytes off the wire. Raises ``httpx.RemoteProtocolError`` where they are no answer, or more than one."""
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keeps_alive = False
        except httptools.HttpParserError:  # also what the callbacks raise
            raise httpx.RemoteProtocolError("the answer is not HTTP") from None
        if not self._headed and self._fed > MAX_HEAD:
            raise httpx.RemoteProtocolError("the head of the answer is too large")
        self._wake()

    def end(self, error: Exception | None) -> None:
        """Nothing more will come: the connection was closed, or broke with ``error``."""
        if error is None and self._headed and not self._framed():
            self.complete = True  # the end of the connection is what ends it
        elif not self.complete and self._error is None:
            self._error = error or self._missing()
        self._wake()

    def on_message_begin(self) -> None:
        if self._headed:
            raise _Unasked
        self.headers, self._fed = [], 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if len(self.headers) > MAX_FIELDS or sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD:
            raise _TooLarge
        status = self._parser.get_status_code()
        if status >= HTTPStatus.OK or status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.status = status
            self.keeps_alive = self._parser.should_keep_alive()
            self._headed = True

    def on_body(self, data: bytes) -> None:
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        self.complete = self._headed

    def _framed(self) -> bool:
        """Whether the answer says itself where it ends."""
        return any(name.lower() in _FRAMING for name, _ in self.headers)

    def _missing(self) -> Exception:
        if self._headed or self._fed:
            return Truncated("closed in mid answer")
        return Disconnected("closed without an answer")

    async def _more(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Unasked(Exception):
    """A second answer to one request."""


class _TooLarge(Exception):
    """A head that is too large."""


class Connection(asyncio.Protocol):
    """Leaves ``register`` once it is closed, by whomever."""

    def __init__(self, register: "set[Connection]") -> None:
        self._register = register
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None

    async def ask(self, head: bytes) -> Answer:
        """Send a request and wait for the head of its answer; the connection is closed where that does not come."""
        if self._transport is None or self._transport.is_closing():
            raise Disconnected("closed before anything was sent")
        self._answer = answer = Answer()
        self._transport.write(head)
        try:
            await answer.head()
        except BaseException:
            self.close()
            raise
        return answer

    def rest(self, answer: Answer) -> bool:
        """Whether it can be used again now that ``answer`` has been read, or given up; else it is closed."""
        if self._answer is not answer:
            return False
        usable = self.usable and answer.complete and answer.keeps_alive
        if usable:
            self._answer = None
        else:
            self.close()
        return usable

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """At once; what was to be sent or read is lost."""
        if self._answer is not None:
            self._answer.end(httpx.ReadError("the connection was closed"))
        if self._transport is not None:
            self._transport.abort()
        self._register.discard(self)

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Go on with TLS; ``name`` is what the peer has to prove."""
        assert self._transport is not None
        self._answer = None
        loop = asyncio.get_running_loop()
        self._transport = await loop.start_tls(self._transport, self, context, server_hostname=name)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()
            return
        try:
            self._answer.feed(data)
        except httpx.RemoteProtocolError as error:
            self._answer.end(error)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None:
            self._answer.end(_broken(exc))
        self._register.discard(self)


def _broken(error: Exception | None) -> Exception | None:
    if isinstance(error, ssl.SSLError):
        return TlsFailed("TLS failed after the handshake")  # where TLS 1.3 refuses a client certificate
    return None if error is None else httpx.ReadError("the connection broke")
