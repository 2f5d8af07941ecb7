"""Whatever ends a call, as an ``UpstreamError`` in our own words: no URL, no upstream text, no foreign ``repr``."""

import httpx

from gateway.core.errors import FailureCode, UpstreamError
from gateway.upstream.transport_errors import Disconnected, NameUnresolved, OutOfTurn, TlsFailed, Truncated

#: exception, what clients see, what the log says, whether to ask again; from the special to the general
_KINDS: tuple[tuple[type[Exception], FailureCode, str, bool], ...] = (
    (httpx.ConnectTimeout, FailureCode.TIMEOUT, "no connection within the time allowed", False),
    (httpx.TimeoutException, FailureCode.TIMEOUT, "no answer within the time allowed", False),
    (TimeoutError, FailureCode.TIMEOUT, "no whole answer within the time allowed", False),
    (NameUnresolved, FailureCode.UNREACHABLE, "the host name does not resolve", True),
    (TlsFailed, FailureCode.UNREACHABLE, "no TLS connection: certificate, host name or protocol", False),
    (httpx.ConnectError, FailureCode.UNREACHABLE, "no connection could be opened", True),
    (Disconnected, FailureCode.UNREACHABLE, "the connection was closed before an answer", True),
    (Truncated, FailureCode.UNREACHABLE, "the connection was closed in mid answer", True),
    (OutOfTurn, FailureCode.MALFORMED, "the connection held an answer to no request", True),
    (httpx.NetworkError, FailureCode.UNREACHABLE, "the connection was reset", True),
    (httpx.ProxyError, FailureCode.UNREACHABLE, "the proxy would not connect", False),
    (httpx.RemoteProtocolError, FailureCode.MALFORMED, "the answer is not proper HTTP", False),
    (httpx.LocalProtocolError, FailureCode.CONFIG, "the URL or a header cannot be sent", False),
    (httpx.UnsupportedProtocol, FailureCode.CONFIG, "the URL is neither http nor https", False),
    (httpx.InvalidURL, FailureCode.CONFIG, "the URL is not valid", False),
    (UnicodeEncodeError, FailureCode.CONFIG, "a header holds more than ASCII", False),
)


def upstream_error(error: Exception) -> UpstreamError:
    """The failure that ``error`` means for the provider that was being called."""
    if isinstance(error, UpstreamError):
        return error
    for kind, code, detail, transient in _KINDS:
        if isinstance(error, kind):
            return UpstreamError(code, detail, transient=transient)
    return UpstreamError(FailureCode.UNREACHABLE, f"the call failed unexpectedly ({type(error).__name__})")
