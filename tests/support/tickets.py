import hashlib
from dataclasses import dataclass, field

from gateway.core.errors import CursorStoreUnavailable


@dataclass
class Tickets:
    """A ticket store in memory. ``refusing``: confirms no write; ``unreachable``: cannot tell what it has."""

    refusing: bool = False
    unreachable: bool = False
    kept: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    ttls: list[float] = field(default_factory=list)

    async def put(self, tenant: str, state: bytes, ttl: float) -> bytes | None:
        if self.refusing:
            return None
        digest = hashlib.sha256(state).digest()
        self.kept[tenant, digest] = state
        self.ttls.append(ttl)
        return digest

    async def get(self, tenant: str, digest: bytes) -> bytes | None:
        if self.unreachable:
            raise CursorStoreUnavailable("the store does not answer")
        return self.kept.get((tenant, digest))
