"""What can be set about the calls to one provider."""

from pathlib import Path

from pydantic import Field

from gateway.core.options import Duration, Options, Size


class TlsOptions(Options):
    ca: Path | None = None
    """PEM bundle to trust instead of the system's."""
    certificate: Path | None = None
    """PEM file of the client certificate, with its chain."""
    key: Path | None = None
    """PEM file of the client certificate's key, where it is not in the same file."""


class BreakerOptions(Options):
    """When a provider that keeps failing is left alone."""

    enabled: bool = True
    """False: it is asked however often it fails, and however long it asked to be left alone."""
    failures: int = Field(default=5, ge=1, le=1_000)
    """Failed attempts in a row after which it is left alone."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Or this share of the attempts in `window`,"""
    calls: int = Field(default=20, ge=1, le=100_000)
    """where there were at least so many."""
    window: Duration = Field(default=10.0, gt=0, le=600)
    """The time over which the share is taken."""
    cooldown: Duration = Field(default=10.0, gt=0, le=600)
    """How long it is left alone, and up to a fifth longer; then one attempt asks whether it is back."""


class RetryBudgetOptions(Options):
    """How many attempts may be repeated, whatever `attempts` allows for each."""

    share: float = Field(default=0.2, ge=0, le=1)
    """Of the pages asked for, the share that may be asked for again;"""
    floor: float = Field(default=1.0, ge=0, le=1_000)
    """and so many a second in any case."""


class UpstreamOptions(Options):
    timeout: Duration = Field(default=3.0, gt=0, le=120)
    """One attempt, from asking for a connection to the last byte."""
    connect_timeout: Duration = Field(default=1.0, gt=0, le=120)
    """The part of it that a connection may take."""
    attempts: int = Field(default=2, ge=1, le=5)
    """How often one page is asked for, the first time included."""
    max_concurrency: int = Field(default=64, ge=1, le=10_000)
    """Calls to this provider that may be under way at once."""
    max_body: Size = Field(default=5 * 1024**2, gt=0, le=1024**3)
    """The largest answer as it comes over the wire."""
    max_decoded_body: Size = Field(default=10 * 1024**2, gt=0, le=1024**3)
    """The largest answer once decompressed."""
    breaker: BreakerOptions = BreakerOptions()
    retry_budget: RetryBudgetOptions = RetryBudgetOptions()
    tls: TlsOptions = TlsOptions()
    proxy: str | None = None
    """`http://host:port` through which this provider is reached. Proxies of the environment are never used."""
