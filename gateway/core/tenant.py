"""Who asks. A tenant is passed as an argument everywhere, and is part of every cache key, flight and cursor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """``providers``: names this tenant may list, sorted."""

    name: str
    providers: tuple[str, ...]
