"""Who is asking: ``Authorization: Bearer`` or ``X-API-Key`` to a tenant."""

from starlette.types import Scope

from gateway.api.keys import KeyRing
from gateway.core.errors import InvalidParameter, Unauthenticated
from gateway.core.tenant import Tenant

MAX_KEY = 512
_REFUSED = "Send your API key as 'Authorization: Bearer …' or 'X-API-Key: …'."


class Authenticator:
    """``anonymous`` is the tenant of requests without a key, where the configuration allows them."""

    def __init__(self, *, keys: KeyRing, anonymous: Tenant | None) -> None:
        self._keys = keys
        self._anonymous = anonymous

    def tenant_of(self, scope: Scope) -> Tenant:
        """Raises ``Unauthenticated``, the same for no known key and a wrong one, or ``InvalidParameter`` for two."""
        sent = [(name, value) for name, value in scope["headers"] if name in {b"authorization", b"x-api-key"}]
        if len(sent) > 1:
            raise InvalidParameter(
                "Authorization", "and X-API-Key were sent together or twice. Send one of them, once."
            )
        if not sent and self._anonymous:
            return self._anonymous
        key = _key(*sent[0]) if sent else None
        tenant = self._keys.tenant_of(key) if key else None
        if tenant is None:
            raise Unauthenticated(_REFUSED)
        return tenant


def _key(name: bytes, value: bytes) -> bytes | None:
    if name == b"authorization":
        scheme, _, value = value.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
    value = value.strip()
    return value if 0 < len(value) <= MAX_KEY else None
