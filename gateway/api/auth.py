"""Who is asking: ``Authorization: Bearer`` or ``X-API-Key`` to a tenant."""

from starlette.types import Scope

from gateway.api.exchange import Exchange
from gateway.api.keys import KeyRing
from gateway.core.errors import InvalidParameter, Unauthenticated
from gateway.core.tenant import Tenant

MAX_KEY = 512
_BEARER = b"bearer "
_REFUSED = "Send your API key as 'Authorization: Bearer …' or 'X-API-Key: …'."


class Authenticator:
    """``anonymous`` is the tenant of requests without a key, where the configuration allows them."""

    def __init__(self, *, keys: KeyRing, anonymous: Tenant | None) -> None:
        self._keys = keys
        self._anonymous = anonymous

    def tenant_of(self, scope: Scope) -> Tenant:
        """Raises ``Unauthenticated``, the same for no known key and a wrong one, or ``InvalidParameter`` for two."""
        exchange: Exchange = scope["exchange"]
        bearer, plain = exchange.headers.get(b"authorization"), exchange.headers.get(b"x-api-key")
        sent = plain if bearer is None else bearer
        if sent is None and self._anonymous:
            return self._anonymous
        if (bearer is not None and plain is not None) or (sent and b", " in sent):  # as lines are joined
            raise InvalidParameter(
                "Authorization", "and X-API-Key were sent together or twice. Send one of them, once."
            )
        key = _key(bearer, plain)
        tenant = self._keys.tenant_of(key) if 0 < len(key) <= MAX_KEY else None
        if tenant is None:
            raise Unauthenticated(_REFUSED)
        return tenant


def _key(bearer: bytes | None, plain: bytes | None) -> bytes:
    if bearer is None:
        return (plain or b"").strip()
    return bearer[len(_BEARER) :].strip() if bearer[: len(_BEARER)].lower() == _BEARER else b""
