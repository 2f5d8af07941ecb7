"""What can be set about the log."""

from typing import Literal

from pydantic import Field

from gateway.core.options import Options

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "console"]


class LogOptions(Options):
    level: Level = "info"
    """The least that is written. A request is `info`, or `warning` where its status is 500 or above."""
    format: Format = "json"
    """One JSON object per line for machines, or `key=value` for people."""


class TracingOptions(Options):
    endpoint: str | None = None
    """Where traces are sent: a collector's base URL for OTLP over HTTP, to which `/v1/traces` is added. Left out: none
    are made. Needs the extra `otel`."""
    sample: float = Field(default=0.1, ge=0, le=1)
    """The share of requests that are traced, from 0 to 1, where the client does not say (`traceparent`)."""
    service: str = Field(default="knowledge-store-gateway", min_length=1, max_length=255)
    """The name of this service in traces."""
    propagate: bool = True
    """False: providers are not sent `traceparent` and `tracestate`."""
