"""What can be set about the HTTP side."""

import math
from ipaddress import ip_network

from pydantic import Field, field_validator

from gateway.core.options import Duration, Options


class ServerOptions(Options):
    host: str = Field(default="127.0.0.1", min_length=1, max_length=255)
    """The address to listen on; `0.0.0.0` or `::` for all."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """0: any free one."""
    metrics_port: int = Field(default=9090, ge=0, le=65_535)
    """Prometheus metrics, apart from the public port; 0 switches them off."""
    base_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9._~-]+)*$")
    """Where an ingress shows the gateway: `/knowledge`. Requests are answered with and without it."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    deadline: Duration = Field(default=10.0, gt=0, le=300)
    """How long a page may be waited for."""
    max_timeout: Duration = Field(default=30.0, gt=0, le=300)
    """The most that a client may ask for with `timeout`."""
    keep_alive: Duration = Field(default=75.0, ge=1, le=3600)
    """How long an idle connection is kept; longer than the load balancer's."""
    drain: Duration = Field(default=2.0, le=600)
    """After SIGTERM: how long requests are still accepted while `/readyz` says 503."""

    @property
    def grace(self) -> int:
        """Whole seconds after which no request can be in flight any more: the longest that is allowed, and one more."""
        return math.ceil(max(self.deadline, self.max_timeout)) + 1

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for place, proxy in enumerate(proxies, start=1):
            try:
                ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError(f"number {place} is neither an address nor a network: write 10.0.0.0/8") from None
        return proxies
