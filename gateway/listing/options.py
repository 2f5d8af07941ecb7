"""What can be set about walks and their cursors."""

from pydantic import Field, SecretStr

from gateway.core.options import Duration, Options
from gateway.listing.cursor import CURRENT, FORMATS


class CursorOptions(Options):
    keys: tuple[SecretStr, ...] = ()
    """64 random bytes each, in base64url (`knowledge-gateway cursor-key`). The first seals, all of them open."""
    max_age: Duration = Field(default=86_400.0, ge=3600.0, le=2_592_000)
    """How long a cursor is valid, to the hour."""
    format: int = Field(default=CURRENT, ge=min(FORMATS), le=max(FORMATS))
    """The format that cursors are written in; both are read. 1 while replicas of the release before still run."""


class WalkOptions(Options):
    failed_rounds: int = Field(default=3, ge=1, le=100)
    """Pages in a row on which everything that is left failed, before a walk gives it up."""
    anchors: int = Field(default=8, ge=2, le=8)
    """Items by which a place in a list is found again when the list has moved; fewer with many providers."""
