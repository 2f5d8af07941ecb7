"""Cursor states that are too large to travel, kept under their own digest.

Equal states of one tenant give equal digests; what is read is hashed again, so a wrong reply is no state.
"""

import hashlib

from gateway.cache.redis_store import RedisStore, RedisUnavailable
from gateway.core.errors import CursorStoreUnavailable

DIGEST_BYTES = 16


class RedisTickets:
    def __init__(self, *, redis: RedisStore) -> None:
        self._redis = redis

    async def put(self, tenant: str, state: bytes, ttl: float) -> bytes | None:
        """The digest (16 bytes) under which ``state`` is kept for ``ttl`` seconds; None unless Redis confirmed it."""
        digest = _digest(tenant, state)
        try:
            await self._redis.set(name_of(tenant, digest), state, ttl)
        except RedisUnavailable:
            return None
        return digest

    async def get(self, tenant: str, digest: bytes) -> bytes | None:
        """The state, or None where it is not there (any more).

        Raises ``CursorStoreUnavailable`` where that cannot be told.
        """
        try:
            state = await self._redis.get(name_of(tenant, digest))
        except RedisUnavailable:
            raise CursorStoreUnavailable("the store of large cursors does not answer") from None
        return state if state is not None and _digest(tenant, state) == digest else None


def name_of(tenant: str, digest: bytes) -> str:
    return f"ticket:{_digest(tenant).hex()}:{digest.hex()}"


def _digest(tenant: str, state: bytes = b"") -> bytes:
    owner = tenant.encode()
    return hashlib.blake2b(len(owner).to_bytes(4, "big") + owner + state, digest_size=DIGEST_BYTES).digest()
