import hashlib
import re

import pytest

from gateway.api.keys import KeyRing, checksum, digest, new_key
from gateway.core.tenant import Tenant

ADA, BOB = Tenant("ada", ()), Tenant("bob", ())


def test_a_new_key_is_one_of_a_kind_and_known_by_its_looks() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"ksg_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}", key) for key in keys)


def test_a_key_ends_in_its_checksum() -> None:
    key = new_key()
    assert checksum(key[:-7]) == key[-6:]
    assert checksum("ksg_") == "1mRb1g"


def test_the_digest_is_sha_256_of_text_and_bytes_alike() -> None:
    assert digest("key") == digest(b"key") == f"sha256:{hashlib.sha256(b'key').hexdigest()}"


def test_a_key_leads_to_its_tenant() -> None:
    ring = KeyRing({digest("a"): ADA, digest("b"): BOB})
    assert (ring.tenant_of(b"a"), ring.tenant_of(b"b")) == (ADA, BOB)


@pytest.mark.parametrize("key", [b"", b"A", b"a ", "é".encode(), b"\xff", digest("a").encode()])
def test_any_other_key_is_nobodys(key: bytes) -> None:
    assert KeyRing({digest("a"): ADA}).tenant_of(key) is None


def test_a_ring_without_keys_knows_nobody() -> None:
    assert KeyRing({}).tenant_of(b"") is None


def test_a_ring_shows_no_digests() -> None:
    assert repr(KeyRing({digest("a"): ADA})) == "KeyRing(1 keys)"
