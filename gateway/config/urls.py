"""The addresses in a config: of a provider and of a proxy. A reason never repeats any part of one."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_.])?\Z")
_PATH = re.compile(r"(/|(/(?!\.{1,2}(/|\Z))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?)\Z")
_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


class BadUrl(Exception):
    """The message says why, and what would be right."""


def provider_url(text: str) -> str:
    """An http(s) URL in one spelling: lower-case host, no default port, no slash at the end. Raises ``BadUrl``."""
    url = _split(text, ("https", "http"))
    if not _PATH.match(url.path):
        raise BadUrl("its path holds empty or dotted parts, or characters that do not belong in one")
    return f"{_origin(url)}{url.path.rstrip('/')}"


def proxy_url(text: str) -> str:
    """``http://host:port``. Raises ``BadUrl``."""
    url = _split(text, ("http",))
    if url.path not in {"", "/"}:
        raise BadUrl("a proxy has no path: write http://host:port")
    return _origin(url)


def is_loopback(url: str) -> bool:
    """Whether the host of a URL can only be this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(text: str, schemes: tuple[str, ...]) -> SplitResult:
    if not _VISIBLE.match(text) or "\\" in text:
        raise BadUrl("is empty, or holds spaces, backslashes or characters outside ASCII")
    try:
        url = urlsplit(text)
    except ValueError:
        raise BadUrl("is not a URL: write scheme://host") from None
    if url.scheme not in schemes:
        raise BadUrl(f"begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in url.netloc:
        raise BadUrl("a name or password before the host does not belong here: remove it")
    if "?" in text or "#" in text:
        raise BadUrl("a query or fragment does not belong here: end it before '?' or '#'")
    return url


def _origin(url: SplitResult) -> str:
    host, port = _host(url), _port(url)
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}" + (f":{port}" if port and port != _DEFAULT_PORTS[url.scheme] else "")


def _host(url: SplitResult) -> str:
    host = url.hostname or ""
    if ":" in host:
        try:
            return str(ip_address(host))
        except ValueError:
            raise BadUrl("is not a URL: write scheme://host") from None
    if not _HOST.match(host):
        raise BadUrl("the host is missing, or is not one: write scheme://host")
    return host


def _port(url: SplitResult) -> int | None:
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise BadUrl("the port must be a number from 1 to 65535")
    return port
