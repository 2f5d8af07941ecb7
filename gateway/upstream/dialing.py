"""Opening connections: names, addresses, TLS and proxies. Every failure is an ``httpx.TransportError``.

IPv6 and IPv4 are tried side by side (RFC 8305), so that an address that does not answer costs a quarter of a second.
"""

import asyncio
import re
import socket
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address

import aiohappyeyeballs
import httpx

from gateway.upstream.connection import Answer, Connection
from gateway.upstream.transport_errors import NameUnresolved, TlsFailed

#: seconds until the next address is tried beside the one before
NEXT_ADDRESS = 0.25

MAX_PORT = 65_535

_PORTS = {"http": 80, "https": 443}
_NUMERIC = re.compile(r"[0-9.]+\Z")


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: scheme, host and port, and the host as requests name it."""

    scheme: str
    host: str
    port: int
    authority: bytes

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        """Raises ``httpx.UnsupportedProtocol`` or ``httpx.LocalProtocolError``."""
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol("neither http nor https")
        host = url.raw_host.decode("ascii")
        port = url.port or _PORTS[url.scheme]
        # resolvers take 127.1 and 2130706433 for addresses
        if not host or port > MAX_PORT or (_NUMERIC.match(host) and not _is_address(host)):
            raise httpx.LocalProtocolError("no host, or no port")
        return cls(url.scheme, host, port, url.netloc)


class Dialer:
    """``connect_timeout`` in seconds bounds all of it. ``proxy`` is that of every connection, or None."""

    def __init__(self, *, context: ssl.SSLContext, connect_timeout: float, proxy: str | None) -> None:
        self._context = context
        self._seconds = connect_timeout
        self._proxy = Origin.of(httpx.URL(proxy)) if proxy else None

    def prefix(self, origin: Origin) -> bytes:
        """What stands before each target: a proxy has to be told where to go (RFC 9112, section 3.2.2)."""
        return b"http://%b" % origin.authority if self._proxy and origin.scheme == "http" else b""

    async def dial(self, origin: Origin, register: set[Connection]) -> Connection:
        """A connection to ``origin``, which leaves ``register`` when it is closed. Raises ``httpx.TransportError``."""
        try:
            async with asyncio.timeout(self._seconds):
                if self._proxy is None:
                    return await self._open(origin, register)
                connection = await self._open(self._proxy, register)
                return await self._tunnelled(connection, origin) if origin.scheme == "https" else connection
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection in time") from None
        except (OSError, ValueError) as error:
            raise _as_httpx(error) from None

    async def _open(self, server: Origin, register: set[Connection]) -> Connection:
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        sock = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS)
        secured = server.scheme == "https"
        _, connection = await loop.create_connection(
            lambda: Connection(register),
            sock=sock,
            ssl=self._context if secured else None,
            server_hostname=server.host if secured else None,
        )
        return connection

    async def _tunnelled(self, connection: Connection, origin: Origin) -> Connection:
        """The same connection, through the proxy to ``origin`` (RFC 9110, section 9.3.6)."""
        target = b"%b:%d" % (origin.authority.rpartition(b":")[0] or origin.authority, origin.port)
        try:
            _check(await connection.ask(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, target)))
            await connection.secure(self._context, origin.host)
        except BaseException:
            connection.close()
            raise
        return connection


def _check(answer: Answer) -> None:
    if answer.status != HTTPStatus.OK:
        raise httpx.ProxyError("the proxy refused")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _as_httpx(error: OSError | ValueError) -> httpx.TransportError:
    """The name of what went wrong; ``ssl.SSLError`` is an ``OSError``, and a certificate's a ``ValueError`` as well."""
    if isinstance(error, ssl.SSLError):
        return TlsFailed("no TLS connection")
    if isinstance(error, socket.gaierror):
        return NameUnresolved("the host name does not resolve")
    if isinstance(error, OSError):
        return httpx.ConnectError("no connection")
    return httpx.LocalProtocolError("the host cannot be called")
