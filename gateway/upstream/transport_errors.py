"""What went wrong on the wire, told apart finely enough to act on: httpx's errors, and some kinds of them.

None carries a URL, a header or anything the peer has sent.
"""

import httpx


class NameUnresolved(httpx.ConnectError):
    """The host name does not resolve."""


class TlsFailed(httpx.ConnectError):
    """No TLS connection: certificate, name, protocol version or client certificate."""


class Disconnected(httpx.RemoteProtocolError):
    """The peer closed the connection before it answered."""


class Truncated(httpx.RemoteProtocolError):
    """The peer closed the connection before the end of its answer."""
