"""Sealing and opening: what leaves the gateway is ``version | key id | sealed bytes`` in base64url.

Rules:

1. Deterministic authenticated encryption (AES-SIV, RFC 5297): equal states give equal cursors, and nothing inside can
   be read or changed.
2. Bound: format, key id, service, environment, route and tenant are authenticated with it. A cursor of another
   one does not open.
3. The key id picks the key; keys are never tried one after another.
4. Strict base64url (RFC 4648, section 5) without padding: one state has one spelling.
5. Every failure to open is the same error to the client.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.core.errors import CursorInvalid
from gateway.listing.cursor import CURRENT, FORMATS

KEY_BYTES = 64
#: characters; longer is refused before anything is looked at
MAX_LENGTH = 7 * 1024

_SERVICE = b"knowledge-store-gateway"
_ID_BYTES = 4
_TAG_BYTES = 16


class CursorKey:
    """One 64-byte key; its id is the first four bytes of its SHA-256."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a cursor key is {KEY_BYTES} bytes")
        self.id = hashlib.sha256(secret).digest()[:_ID_BYTES]
        self.cipher = AESSIV(secret)


class CursorCodec:
    """Seals with the first key, opens with any of them."""

    def __init__(self, *, keys: Sequence[CursorKey], environment: str, route: str) -> None:
        self._sealing = keys[0]
        self._keys = {key.id: key for key in keys}
        self._context = [_SERVICE, environment.encode(), route.encode()]

    def seal(self, state: bytes, tenant: str, version: int = CURRENT) -> str:
        key = self._sealing
        header = bytes([version]) + key.id
        sealed = key.cipher.encrypt(state, [header, *self._context, tenant.encode()])
        return _encode(header + sealed)

    def open(self, text: str, tenant: str) -> tuple[bytes, int]:
        """The state that was sealed, and its format. Raises ``CursorInvalid``, whose reason is for metrics alone."""
        data = _decode(text)
        header, sealed = data[: 1 + _ID_BYTES], data[1 + _ID_BYTES :]
        if len(sealed) <= _TAG_BYTES:
            raise CursorInvalid("malformed")
        version = header[0]
        if version not in FORMATS:
            raise CursorInvalid("version")
        key = self._keys.get(header[1:])
        if key is None:
            raise CursorInvalid("unknown_key")
        try:
            return key.cipher.decrypt(sealed, [header, *self._context, tenant.encode()]), version
        except InvalidTag:
            raise CursorInvalid("forged") from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not 0 < len(text) <= MAX_LENGTH:
        raise CursorInvalid("length")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CursorInvalid("malformed") from None
    if _encode(data) != text:  # the last character and the padding have other spellings
        raise CursorInvalid("malformed")
    return data
