"""Every provider bound to what it is reached with, once for all tenants that bring nothing of their own."""

from collections.abc import Iterable, Mapping

from gateway.config.providers import DeclaredProvider, Given
from gateway.config.settings import Access
from gateway.config.tenants import ANONYMOUS, DeclaredTenant
from gateway.provider.provider import Provider

_PARTS = ("params", "credentials")


def check_complete(providers: Iterable[DeclaredProvider], tenants: Iterable[DeclaredTenant]) -> None:
    """Tells what is missing: at the provider, or where some tenants bring it themselves, at those that do not."""
    users: dict[str, list[DeclaredTenant]] = {}
    for tenant in tenants:
        for name in tenant.listed:
            users.setdefault(name, []).append(tenant)
    for provider in providers:
        spec = provider.settings.spec
        for part, names in zip(_PARTS, (spec.placeholders(), spec.credential_names()), strict=True):
            for name in names:
                if name not in getattr(provider.given, part) and not (provider.spot / part / name).known():
                    _tell_missing(name, part, provider, users.get(provider.settings.name, []))


def _tell_missing(name: str, part: str, provider: DeclaredProvider, users: list[DeclaredTenant]) -> None:
    key = provider.settings.name
    lacking = [user for user in users if name not in getattr(user.given(key), part)]
    if len(lacking) == len(users) or any(user.name == ANONYMOUS for user in lacking):
        (provider.spot / part).tell_of(name, f"{name} is missing; add it under {part}")
        return
    for user in lacking:
        text = f"{name} is missing; add it here, or for all tenants under {provider.spot / part}"
        (user.spot / part / key).tell_of(name, text)


def accesses(
    providers: Mapping[str, DeclaredProvider], tenants: Iterable[DeclaredTenant]
) -> dict[tuple[str, str], Access]:
    """By tenant and provider; by an empty name and provider for the tenants that have no binding of their own."""
    found = {
        ("", name): _access(provider, provider.given)
        for name, provider in providers.items()
        if provider.given.fits(provider.settings.spec)
    }
    for tenant in tenants:
        for name, own in tenant.own.items():
            found[tenant.name, name] = _access(providers[name], providers[name].given.under(own))
    return found


def bound(access: Access) -> Provider:
    settings = access.settings
    return Provider(
        name=settings.name,
        spec=settings.spec,
        base_url=settings.base_url,
        params=access.params,
        credentials=access.credentials,
        page_size=settings.page_size,
        headers=access.headers,
    )


def _access(provider: DeclaredProvider, given: Given) -> Access:
    return Access(
        settings=provider.settings,
        params=given.params,
        credentials={name: secret.get_secret_value() for name, secret in given.credentials.items()},
        headers=provider.headers,
    )
