"""Which headers a config may add to the calls to a provider."""

import re

from gateway.provider.spec import HeaderAuth, NoAuth, ProviderSpec

#: the connection's own (RFC 9110, section 7.6.1), and what the gateway's client says itself
_RESERVED = {
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_CREDENTIALS = {"authorization", "cookie"}
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\Z")


def header_problem(name: str, *, credential: bool = False) -> str | None:
    """Why a header of that name must not be sent; ``credential``: as one that holds a credential."""
    if name.lower() in _RESERVED:
        return "this header belongs to the connection and cannot be set"
    if name.lower() in _CREDENTIALS and not credential:
        return "this header carries credentials: they belong under credentials"
    return None


def value_problem(value: str) -> str | None:
    """Why a header cannot have this value."""
    if not value:
        return "is empty"
    if "\r" in value or "\n" in value:
        return "holds a line break"
    return None if _VALUE.match(value) else "must be visible ASCII, without spaces at its ends"


def sent_by(spec: ProviderSpec) -> set[str]:
    """The headers, in lower case, that a provider of this type sends by itself."""
    match spec.auth:
        case HeaderAuth(headers=headers):
            own = set(headers)
        case NoAuth():
            own = set()
        case _:
            own = {"authorization"}
    return {name.lower() for name in (*own, *spec.headers)}
