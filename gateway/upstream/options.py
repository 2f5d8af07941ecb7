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
    tls: TlsOptions = TlsOptions()
    proxy: str | None = None
    """`http://host:port` through which this provider is reached. Proxies of the environment are never used."""
