"""What an upstream's HTTP status means. Pure."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from gateway.core.errors import FailureCode, UpstreamError

#: no upstream keeps us away for longer than this, in seconds, whatever it asks for
MAX_RETRY_AFTER = 3600.0

_CODES = {
    HTTPStatus.UNAUTHORIZED: FailureCode.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: FailureCode.FORBIDDEN,
    HTTPStatus.NOT_FOUND: FailureCode.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: FailureCode.THROTTLED,
}
#: what a server says of a page that is not there (any more): an expired token, a number beyond the last
GONE = {400, 404, 410, 416, 422}
_TRANSIENT = {429, 500, 502, 503, 504}


def failure(status: int, headers: Mapping[str, str], now: float) -> UpstreamError | None:
    """The error that a status stands for; None for 200. ``now`` is Unix time, for a ``Retry-After`` date."""
    if status == HTTPStatus.OK:
        return None
    code = _CODES.get(HTTPStatus(status)) if status in set(HTTPStatus) else None
    if code is None:
        code = FailureCode.SERVER_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else FailureCode.REFUSED
    return UpstreamError(
        code,
        f"answered with status {status}",
        status=status,
        retry_after=retry_after(headers.get("retry-after"), now),
        transient=status in _TRANSIENT,
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait (RFC 9110, section 10.2.3): a number or a date; None where it is absent or unreadable."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait), MAX_RETRY_AFTER)
