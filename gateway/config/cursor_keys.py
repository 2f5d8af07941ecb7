"""The keys that seal cursors: 64 random bytes each, in base64url (RFC 4648, section 5), padded or not."""

import base64
import binascii
import secrets

from gateway.listing.codec import KEY_BYTES

#: the key of the examples, which everybody knows
EXAMPLE = b"this-key-is-an-example-and-everybody-knows-it-make-one-yourself!"

_HOW = "make one with knowledge-gateway cursor-key"


class BadKey(Exception):
    """The message says why, and nothing about the key."""


def new_cursor_key() -> str:
    return encode(secrets.token_bytes(KEY_BYTES))


def encode(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The key's bytes. Raises ``BadKey``."""
    stripped = text.removesuffix("==")
    try:
        key = base64.b64decode(stripped + "=" * (-len(stripped) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKey(f"is not base64url: {_HOW}") from None
    if encode(key) != stripped:
        raise BadKey(f"is not base64url in its one spelling: {_HOW}")
    if len(key) != KEY_BYTES:
        raise BadKey(f"holds {len(key)} bytes instead of {KEY_BYTES}: {_HOW}")
    if key == EXAMPLE or len(set(key)) == 1:
        raise BadKey(f"is an example that everybody knows: {_HOW}")
    return key
