"""A config as it stands once everything in it has been read, resolved and found sound. Frozen and pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from gateway import __version__
from gateway.api.keys import KeyRing
from gateway.api.options import ServerOptions
from gateway.cache.options import CacheOptions, WindowOptions
from gateway.config.files import ReloadOptions
from gateway.core.errors import ConfigError
from gateway.core.tenant import Tenant
from gateway.listing.options import CursorOptions, WalkOptions
from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from gateway.telemetry.options import LogOptions, TracingOptions
from gateway.upstream.options import UpstreamOptions


@dataclass(frozen=True, slots=True)
class ConfiguredProvider:
    """``base_url`` in its one spelling; ``page_size`` and ``windows`` as they apply to this provider."""

    name: str
    type: str
    enabled: bool
    spec: ProviderSpec
    base_url: str
    page_size: int
    upstream: UpstreamOptions
    windows: WindowOptions


@dataclass(frozen=True, slots=True)
class Access:
    """What a provider's spec is bound with, for all tenants or for one."""

    settings: ConfiguredProvider
    params: Mapping[str, str]
    credentials: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """``tenants`` are without the anonymous one; what they may list is what is enabled of what they were given."""

    server: ServerOptions
    cache: CacheOptions
    cursor: CursorOptions
    walk: WalkOptions
    log: LogOptions
    tracing: TracingOptions
    reload: ReloadOptions
    environment: str
    providers: Mapping[str, ConfiguredProvider]
    tenants: tuple[Tenant, ...]
    anonymous: Tenant | None
    digests: Mapping[str, Tenant]
    """The digest of each API key and whose it is."""
    bindings: Mapping[tuple[str, str], Provider] = field(repr=False)
    """By tenant, empty for all that override nothing, and provider."""
    accesses: Mapping[tuple[str, str], Access] = field(repr=False)
    """What each of them was bound with."""
    keys: tuple[bytes, ...] = field(repr=False)
    notes: tuple[str, ...] = ()

    def provider(self, tenant: Tenant, name: str) -> Provider | None:
        """The provider as this tenant reaches it; None where it may not, or where there is none of that name.

        Tenants that override nothing share one object.
        """
        if name not in tenant.providers:
            return None
        return self.bindings.get((tenant.name, name)) or self.bindings.get(("", name))

    def meaning(self, tenant: Tenant) -> bytes:
        """A digest of all that decides what this tenant's listings look like but the lists themselves."""
        bound = [(name, self.provider(tenant, name), self.providers[name]) for name in tenant.providers]
        told = [
            __version__,
            self.environment,
            self.server.base_path,
            self.cursor.model_dump(mode="json", exclude={"keys"}),
            self.walk.model_dump(mode="json"),
            [hashlib.sha256(key).hexdigest() for key in self.keys],
            [[name, found.cache_identity.hex(), one.windows.model_dump()] for name, found, one in bound if found],
        ]
        return hashlib.blake2b(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()

    def enabled(self) -> tuple[ConfiguredProvider, ...]:
        return tuple(provider for provider in self.providers.values() if provider.enabled)

    def upstreams(self) -> dict[str, UpstreamOptions]:
        """Of each enabled provider, how it is called."""
        return {provider.name: provider.upstream for provider in self.enabled()}

    def tls_files(self) -> list[Path]:
        """What is read only when connections are opened."""
        tls = [provider.upstream.tls for provider in self.enabled()]
        return [path for one in tls for path in (one.ca, one.certificate, one.key) if path]

    def windows(self) -> dict[str, WindowOptions]:
        """Of each enabled provider, for how long its pages may be served."""
        return {provider.name: provider.windows for provider in self.enabled()}

    def cursor_keys(self) -> tuple[bytes, ...]:
        """64 bytes each; the first seals. None: this process has to make one."""
        return self.keys

    def key_ring(self) -> KeyRing:
        return KeyRing(self.digests)

    def anonymous_tenant(self) -> Tenant | None:
        return self.anonymous

    def warnings(self) -> list[str]:
        """What is allowed and may still be a mistake, in plain sentences."""
        return list(self.notes)

    def listening_on(
        self, *, host: str | None = None, port: int | None = None, metrics_port: int | None = None
    ) -> "Config":
        """The same config on other addresses; None: as it is. Raises ``ConfigError`` where the two ports are one."""
        changes = {"host": host, "port": port, "metrics_port": metrics_port}
        server = self.server.model_copy(update={name: value for name, value in changes.items() if value is not None})
        if server.port and server.port == server.metrics_port:
            raise ConfigError(("the port and the metrics port are the same: choose two",))
        return replace(self, server=server)
