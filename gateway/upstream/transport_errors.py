"""What went wrong on the wire: aiohttp's exceptions as httpx's, told apart finely enough to act on.

aiohttp's own carry the URL and the request's headers in their ``repr``; the ones made here carry neither.
"""

import ssl

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError


class NameUnresolved(httpx.ConnectError):
    """The host name does not resolve."""


class TlsFailed(httpx.ConnectError):
    """No TLS connection: certificate, name, protocol version or client certificate."""


class Disconnected(httpx.RemoteProtocolError):
    """The peer closed the connection before it answered."""


class Truncated(httpx.RemoteProtocolError):
    """The peer closed the connection before the end of its answer."""


class OutOfTurn(httpx.RemoteProtocolError):
    """The peer sent something before it was asked."""


def as_httpx(error: Exception) -> Exception:
    """The httpx exception that stands for one of aiohttp's; any other comes back as it is."""
    if isinstance(error, OSError) and isinstance(error.__cause__, ssl.SSLError):
        return TlsFailed("TLS failed after the handshake")  # where TLS 1.3 refuses a client certificate
    for kind, make, detail in _KINDS:
        if isinstance(error, kind):
            return make(detail)
    return error


#: from the special to the general, because aiohttp's classes inherit from one another
_KINDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[httpx.TransportError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout, "no connection in time"),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout, "nothing to read in time"),
    (aiohttp.ClientConnectorDNSError, NameUnresolved, "the host name does not resolve"),
    (aiohttp.ClientSSLError, TlsFailed, "no TLS connection"),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError, "the proxy refused"),
    (aiohttp.ClientConnectorError, httpx.ConnectError, "no connection"),
    (aiohttp.ServerDisconnectedError, Disconnected, "closed without an answer"),
    (aiohttp.ClientConnectionResetError, httpx.WriteError, "closed while sending"),
    (aiohttp.ClientPayloadError, Truncated, "the answer broke off"),
    ((aiohttp.ClientConnectionError, OSError), httpx.ReadError, "the connection broke"),
    ((aiohttp.ClientResponseError, HttpProcessingError), httpx.RemoteProtocolError, "the answer is not HTTP"),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol, "neither http nor https"),
    (ValueError, httpx.LocalProtocolError, "the URL or a header cannot be sent"),  # aiohttp.InvalidURL is one
)
