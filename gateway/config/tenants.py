"""Who may list what: the tenants' entries and the anonymous one, checked against the providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from gateway.config.entries import AnonymousEntry, TenantEntry, tenant_name
from gateway.config.problems import Spot, shown, unknown_value
from gateway.config.providers import DeclaredProvider, Given, check_given
from gateway.config.validation import validated
from gateway.core.tenant import Tenant

#: the tenant of callers without a key
ANONYMOUS = "anonymous"

_NOTHING = Given({}, {})


@dataclass(frozen=True, slots=True)
class DeclaredTenant:
    """``listed``: the providers it was given, those that are switched off too."""

    name: str
    listed: tuple[str, ...]
    digests: tuple[str, ...]
    own: Mapping[str, Given]
    spot: Spot

    def given(self, provider: str) -> Given:
        """What it brings itself for a provider."""
        return self.own.get(provider, _NOTHING)

    def tenant(self, providers: Mapping[str, DeclaredProvider]) -> Tenant:
        return Tenant(self.name, tuple(sorted(name for name in self.listed if providers[name].settings.enabled)))


@dataclass(frozen=True, slots=True)
class TenantReader:
    """Reads one entry after the other, and sees a key or digest that two of them share.

    ``names``: of all providers in the file; ``providers``: those of them that could be built.
    """

    names: tuple[str, ...]
    providers: Mapping[str, DeclaredProvider]
    _digests: dict[str, Spot] = field(default_factory=dict)

    def tenant(self, name: str, spot: Spot) -> DeclaredTenant | None:
        if "rate_limit" in spot.names():
            (spot / "rate_limit").tell("rate limits are not built yet: remove this line")
        entry = validated(TenantEntry, spot)
        if entry is None:
            return None
        if not (spot / "keys").value():
            spot.tell_of("keys", "keys is missing; add at least one: knowledge-gateway api-key makes it")
        digests = tuple(digest.lower() for digest in entry.keys)
        for place, digest in enumerate(digests):
            self._check_digest(digest, spot / "keys" / place)
        self._check_listed(entry.providers, spot)
        own = {provider: self._own(provider, entry, spot) for provider in {**entry.params, **entry.credentials}}
        return DeclaredTenant(name, entry.providers, digests, own, spot)

    def anonymous(self, spot: Spot) -> DeclaredTenant | None:
        entry = validated(AnonymousEntry, spot)
        if entry is None:
            return None
        self._check_listed(entry.providers, spot)
        return DeclaredTenant(ANONYMOUS, entry.providers, (), {}, spot)

    def _check_digest(self, digest: str, spot: Spot) -> None:
        if digest in self._digests:
            spot.tell(f"the same key stands at {self._digests[digest]}: a key has one tenant, and stands once")
        else:
            self._digests[digest] = spot

    def _check_listed(self, listed: tuple[str, ...], spot: Spot) -> None:
        if not (spot / "providers").value():
            spot.tell_of("providers", "providers is missing; add at least one name that stands under providers")
        for place, name in enumerate(listed):
            if name not in self.names:
                (spot / "providers" / place).tell(unknown_value("no such provider", name, self.names))
            elif name in listed[:place]:
                (spot / "providers" / place).tell("stands here a second time")

    def _own(self, provider: str, entry: TenantEntry, spot: Spot) -> Given:
        params = entry.params.get(provider, {})
        credentials: Mapping[str, SecretStr] = entry.credentials.get(provider, {})
        given = Given(params, credentials)
        declared = self.providers.get(provider)
        if provider not in entry.providers:
            for part in ("params", "credentials"):
                if provider in getattr(entry, part):
                    (spot / part).tell_of(provider, f"{shown(provider)} is not one of this tenant's providers")
        elif declared is not None:
            check_given(given, declared.settings.spec, spot / "params" / provider, spot / "credentials" / provider)
        return given


def check_name(name: str, spot: Spot) -> None:
    """Tells where ``name`` cannot be a tenant's."""
    try:
        tenant_name(name)
    except ValueError as error:
        spot.tell_name(name, f"the name {shown(name)} {error}")
    if name == ANONYMOUS:
        spot.tell_name(name, "the name anonymous is taken: callers without a key stand under anonymous, beside tenants")
