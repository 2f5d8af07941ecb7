"""What becomes known about one request while it is served. It travels in the ASGI scope, under ``exchange``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.events import CLIENT_CLOSED_REQUEST


@dataclass(slots=True)
class Exchange:
    """One request and what came of it.

    ``headers`` by lower-case name, several lines of one joined by commas (RFC 9110, section 5.3); ``headers_size`` the
    bytes of their names and values. ``began`` is a reading of the monotonic clock; ``status`` stays 499 where the
    client leaves before its answer.
    """

    request_id: str
    began: float
    headers: Mapping[bytes, bytes] = field(repr=False)
    headers_size: int
    tenant: str | None = None
    status: int = CLIENT_CLOSED_REQUEST
    size: int = 0
    problem: str | None = None
    answered: bool = False
