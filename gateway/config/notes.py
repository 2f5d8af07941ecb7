"""What a sound config may still be mistaken about, as sentences for the log and for ``check``."""

from collections.abc import Collection, Iterator

from gateway.config.settings import Config, ConfiguredProvider
from gateway.config.urls import is_loopback
from gateway.listing.cursor import CURRENT


def notes(config: Config, with_headers: Collection[str]) -> Iterator[str]:
    """``with_headers``: providers that are sent headers of the config's own, which may be secrets too."""
    if not config.keys:
        yield "cursor.keys: there is none, so cursors die with this process; knowledge-gateway cursor-key makes one"
    if config.cursor.format < CURRENT:
        yield (
            f"cursor.format: {config.cursor.format} is for the time in which replicas of the release before still run; "
            "take it away once they are gone"
        )
    if config.anonymous:
        names = ", ".join(config.anonymous.providers) or "nothing"
        yield f"anonymous: whoever reaches the port may list {names}, without a key"
    everybody = [*config.tenants, *([config.anonymous] if config.anonymous else [])]
    listed = {name for tenant in everybody for name in tenant.providers}
    for provider in config.enabled():
        yield from _of_provider(provider, listed=provider.name in listed, headers=provider.name in with_headers)
    for tenant in config.tenants:
        if not tenant.providers:
            yield f"tenants.{tenant.name}: every provider it may list is switched off"


def _of_provider(provider: ConfiguredProvider, *, listed: bool, headers: bool) -> Iterator[str]:
    secret = headers or bool(provider.spec.credential_names())
    if secret and provider.base_url.startswith("http://") and not is_loopback(provider.base_url):
        yield f"providers.{provider.name}: credentials travel unencrypted: its base_url begins with http://"
    if not listed:
        yield f"providers.{provider.name}: no tenant may list it"
