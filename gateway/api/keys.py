"""API keys: how one is made, and whose it is. Only digests are configured and kept, never a key.

A key is ``ksg_``, 43 characters of base64url (32 random bytes), ``_``, and a CRC-32 of both in six characters of base
62: so scanners for leaked secrets know one when they see one. With 256 random bits a plain SHA-256 is digest enough.
"""

import base64
import hashlib
import hmac
import secrets
import string
import zlib
from collections.abc import Mapping

from gateway.core.tenant import Tenant

PREFIX = "ksg_"

_ALPHABET = string.digits + string.ascii_letters
_CHECKSUM_LENGTH = 6


def new_key() -> str:
    body = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"{PREFIX}{body}_{checksum(PREFIX + body)}"


def checksum(text: str) -> str:
    """The CRC-32 of ``text`` in six characters of base 62."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def digest(key: bytes | str) -> str:
    """``sha256:`` and 64 hexadecimal digits: what the config holds of a key."""
    data = key if isinstance(key, bytes) else key.encode(errors="surrogatepass")
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


_NOBODY = hashlib.sha256(b"").digest()


class KeyRing:
    """Digests of keys, as ``digest`` gives them, and their tenants."""

    def __init__(self, tenants: Mapping[str, Tenant]) -> None:
        digests = {bytes.fromhex(known.removeprefix("sha256:")): tenant for known, tenant in tenants.items()}
        self._tenants = {known: (known, tenant) for known, tenant in digests.items()}

    def __repr__(self) -> str:
        return f"KeyRing({len(self._tenants)} keys)"

    def tenant_of(self, key: bytes) -> Tenant | None:
        """Whose key it is; None where it is nobody's. Takes the same time for either."""
        sent = hashlib.sha256(key).digest()
        known, tenant = self._tenants.get(sent, (_NOBODY, None))
        return tenant if hmac.compare_digest(sent, known) else None
