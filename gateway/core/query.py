"""What a client asks for. ``ListQuery`` is held by the cursor; ``PageOptions`` are free on every page."""

from gateway.core.record import Record

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class ListQuery(Record, frozen=True):
    """``providers``: sorted names that were asked for, or None for all that the tenant has."""

    providers: tuple[str, ...] | None = None


class PageOptions(Record, frozen=True):
    """``max_age`` in seconds: the oldest cached upstream page that will do (0: none), None: the configured windows."""

    limit: int = DEFAULT_LIMIT
    strict: bool = False
    raw: bool = False
    max_age: float | None = None
