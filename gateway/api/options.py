"""What can be set about the HTTP side."""

from ipaddress import ip_network

from pydantic import Field, field_validator

from gateway.core.options import Duration, Options


class ServerOptions(Options):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    metrics_port: int = Field(default=9090, ge=0, le=65_535)
    """Prometheus metrics, apart from the public port; 0 switches them off."""
    base_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9._~-]+)*$")
    """Where an ingress shows the gateway: `/knowledge`. Requests are answered with and without it."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    deadline: Duration = Field(default=10.0, gt=0)
    """How long a page may be waited for."""
    max_timeout: Duration = Field(default=30.0, gt=0)
    """The most that a client may ask for with `timeout`."""
    keep_alive: Duration = 75.0
    """How long an idle connection is kept; longer than the load balancer's."""
    drain: Duration = 0.0
    """After SIGTERM: how long requests are still accepted while `/readyz` says 503."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy, strict=False)
        return proxies
