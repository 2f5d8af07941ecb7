"""From a file to a ``Config``, or to everything that is wrong with it at once.

In order: the file's form; references; each section, provider and tenant by itself; what they say about one another.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gateway.config.bindings import accesses, bound, check_complete
from gateway.config.cursor_keys import BadKey, decode
from gateway.config.document import MAX_BYTES, Document, Unreadable, parse
from gateway.config.entries import ConfigFile, provider_name
from gateway.config.notes import notes
from gateway.config.problems import Problems, Spot, shown
from gateway.config.providers import DeclaredProvider, read_provider
from gateway.config.references import Read, References, read_file, why_unreadable
from gateway.config.settings import Config
from gateway.config.specs import Specs
from gateway.config.tenants import DeclaredTenant, TenantReader, check_name
from gateway.config.urls import BadUrl, provider_url
from gateway.config.validation import validated
from gateway.core.errors import ConfigError
from gateway.telemetry.tracing import is_installed

_APART = frozenset({"providers", "tenants", "anonymous"})


def load(path: Path, environ: Mapping[str, str], *, read: Read = read_file) -> Config:
    """The config in ``path``, with its references resolved. Raises ``ConfigError`` with every mistake in it.

    ``environ``: where ``${NAME}`` leads; ``read`` gives the contents of files. Reads files, does no other I/O.
    """
    problems = Problems()
    spot = Spot(problems, _document(path, environ, read, problems))
    common = validated(ConfigFile, spot, leave=_unset(spot.document) | _APART) or ConfigFile()
    keys = _check_common(common, spot)
    providers = _providers(spot, Specs(path.parent, read, problems), common)
    tenants, anonymous = _tenants(spot, providers)
    check_complete(providers.values(), [*tenants, *([anonymous] if anonymous else [])])
    if problems:
        raise ConfigError(problems.lines())
    return _config(common, keys, providers, tenants, anonymous)


def _document(path: Path, environ: Mapping[str, str], read: Read, problems: Problems) -> Document:
    file = str(path)
    try:
        document, flaws = parse(file, read(path, MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        hint = ": name the config with --config or GATEWAY_CONFIG" if isinstance(error, FileNotFoundError) else ""
        problems.tell_file(file, f"{why_unreadable(error)}{hint}")
        raise ConfigError(problems.lines()) from None
    except Unreadable as error:
        problems.tell_file(file, error.flaw.text, error.flaw.line)
        raise ConfigError(problems.lines()) from None
    for flaw in flaws:
        problems.tell_file(file, flaw.text, flaw.line, flaw.where)
    references = References(environ, path.parent, read)
    return references.resolve(document, lambda where, text: problems.tell(document, where, text))


def _unset(document: Document) -> frozenset[str]:
    """Sections whose every line is commented out."""
    return frozenset(name for name, value in document.value.items() if value is None)


def _check_common(common: ConfigFile, spot: Spot) -> tuple[bytes, ...]:
    """The cursor keys, after a look at what the sections say about one another."""
    server = common.server
    if server.deadline > server.max_timeout:
        (spot / "server" / "deadline").tell("is longer than max_timeout: lower it, or raise max_timeout")
    if server.port and server.port == server.metrics_port:
        (spot / "server" / "metrics_port").tell("is the same as port: choose two, or 0 for no metrics")
    _check_tracing(common.tracing.endpoint, spot / "tracing" / "endpoint")
    keys = _cursor_keys(common, spot / "cursor" / "keys")
    if common.cache.url is not None and not (spot / "cursor" / "keys").value():
        text = (
            "keys is missing; add it, for a Redis URL means several replicas: they need the same key; "
            "make one with knowledge-gateway cursor-key"
        )
        (spot / "cursor").tell_of("keys", text)
    return keys


def _check_tracing(endpoint: str | None, spot: Spot) -> None:
    if endpoint is None:
        return
    try:
        provider_url(endpoint)
    except BadUrl as error:
        spot.tell(str(error))
    if not is_installed():
        spot.tell("needs what is not installed: pip install 'knowledge-store-gateway[otel]', or remove it")


def _cursor_keys(common: ConfigFile, spot: Spot) -> tuple[bytes, ...]:
    keys: list[bytes] = []
    for place, secret in enumerate(common.cursor.keys):
        try:
            key = decode(secret.get_secret_value())
        except BadKey as error:
            (spot / place).tell(str(error))
            continue
        if key in keys:
            (spot / place).tell("is the same key as one before it: remove it")
        keys.append(key)
    return tuple(keys)


def _providers(spot: Spot, specs: Specs, common: ConfigFile) -> dict[str, DeclaredProvider]:
    here = spot / "providers"
    if here.value() in (None, {}):
        spot.tell_of("providers", "providers is missing; add at least one")
    found = {}
    for name in _names(here):
        try:
            provider_name(name)
        except ValueError as error:
            here.tell_name(name, f"the name {shown(name)} {error}")
        if declared := read_provider(name, here / name, specs=specs, windows=common.cache):
            found[name] = declared
    return found


def _tenants(
    spot: Spot, providers: Mapping[str, DeclaredProvider]
) -> tuple[list[DeclaredTenant], DeclaredTenant | None]:
    here = spot / "tenants"
    open_to_all = "anonymous" in spot.names()
    if here.value() in (None, {}) and not open_to_all:
        remedy = "add one with the digest of its key, or anonymous: {providers: [...]} for callers without a key"
        spot.tell_of("tenants", f"tenants is missing; {remedy}")
    reader = TenantReader((spot / "providers").names(), providers)
    found = []
    for name in _names(here):
        check_name(name, here)
        found.append(reader.tenant(name, here / name))
    anonymous = reader.anonymous(spot / "anonymous") if open_to_all else None
    return [tenant for tenant in found if tenant], anonymous


def _names(spot: Spot) -> tuple[str, ...]:
    if not isinstance(spot.value(), dict | None):
        spot.tell("should be a mapping: lines of the form name: value")
    return spot.names()


def _config(
    common: ConfigFile,
    keys: tuple[bytes, ...],
    providers: Mapping[str, DeclaredProvider],
    declared: list[DeclaredTenant],
    anonymous: DeclaredTenant | None,
) -> Config:
    tenants = [(one, one.tenant(providers)) for one in declared]
    access = accesses(providers, declared)
    config = Config(
        server=common.server,
        cache=common.cache,
        cursor=common.cursor,
        walk=common.walk,
        log=common.log,
        tracing=common.tracing,
        reload=common.reload,
        environment=common.environment,
        providers=MappingProxyType({name: provider.settings for name, provider in providers.items()}),
        tenants=tuple(tenant for _, tenant in tenants),
        anonymous=anonymous.tenant(providers) if anonymous else None,
        digests=MappingProxyType({digest: tenant for one, tenant in tenants for digest in one.digests}),
        bindings=MappingProxyType({key: bound(one) for key, one in access.items()}),
        accesses=MappingProxyType(access),
        keys=keys,
    )
    return replace(config, notes=tuple(notes(config, {name for name, one in providers.items() if one.headers})))
