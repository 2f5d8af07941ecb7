"""The files that a config was read from, and whether they still hold what they held.

They are compared by content: Kubernetes swaps the folder that a mounted file is in, an editor writes a new file, a
clock may stand still, and all of it ends in other bytes at the same path.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from gateway.core.options import Duration, Options

#: the largest file that is looked at, in bytes: a bundle of certificates fits
MAX_BYTES = 4 * 1024**2


class ReloadOptions(Options):
    watch: bool = True
    """Take over what changes in the config and in files that it names, without a restart. SIGHUP always does."""
    every: Duration = Field(default=5.0, ge=0.1, le=3600)
    """How often these files are looked at."""


def fingerprint(files: Iterable[Path]) -> bytes:
    """A digest of what these files hold; a file that cannot be read counts as one of its own. Reads them all."""
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        content = hashlib.blake2b(_content(path), digest_size=16).digest()
        digest.update(hashlib.blake2b(str(path).encode(), digest_size=16).digest() + content)
    return digest.digest()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return b"+" + file.read(MAX_BYTES)
    except (OSError, ValueError):
        return b"-"
