"""Who asks. A tenant is passed as an argument everywhere, and is part of every cache key, flight and cursor."""

from gateway.core.record import Record


class Tenant(Record, frozen=True):
    """``providers``: names this tenant may list, sorted."""

    name: str
    providers: tuple[str, ...]
