"""One provider's entry: its spec found, its values checked against the spec, its options resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from gateway.cache.options import WindowOptions
from gateway.config.entries import ProviderEntry
from gateway.config.headers import header_problem, sent_by, value_problem
from gateway.config.problems import Spot, unknown, unknown_value
from gateway.config.settings import ConfiguredProvider
from gateway.config.specs import Specs
from gateway.config.urls import BadUrl, provider_url, proxy_url
from gateway.config.validation import validated
from gateway.core.errors import ConfigError
from gateway.provider.pagination import SinglePagination
from gateway.provider.provider import path_problem
from gateway.provider.spec import ProviderSpec
from gateway.upstream.options import TlsOptions, UpstreamOptions
from gateway.upstream.tls import tls_context


@dataclass(frozen=True, slots=True)
class Given:
    """What binds a spec to one account; a tenant's own go over the provider's."""

    params: Mapping[str, str]
    credentials: Mapping[str, SecretStr]

    def under(self, other: "Given") -> "Given":
        return Given({**self.params, **other.params}, {**self.credentials, **other.credentials})

    def fits(self, spec: ProviderSpec) -> bool:
        """Whether nothing is missing."""
        return set(spec.placeholders()) <= set(self.params) and set(spec.credential_names()) <= set(self.credentials)


@dataclass(frozen=True, slots=True)
class DeclaredProvider:
    """A provider, and what its entry gives to reach it with."""

    settings: ConfiguredProvider
    given: Given
    headers: Mapping[str, str]
    spot: Spot


def read_provider(name: str, spot: Spot, *, specs: Specs, windows: WindowOptions) -> DeclaredProvider | None:
    """The provider whose entry stands at ``spot``; None where its mistakes leave nothing to build it from."""
    entry = validated(ProviderEntry, spot)
    if entry is None:
        return None
    upstream = _upstream(entry, spot, specs.folder)
    spec = specs.find(entry.type, spot / "type")
    if spec is None:
        return None
    given = Given(entry.params, entry.credentials)
    check_given(given, spec, spot / "params", spot / "credentials")
    _check_headers(entry, spec, spot / "headers")
    settings = ConfiguredProvider(
        name=name,
        type=entry.type,
        enabled=entry.enabled,
        spec=spec,
        base_url=_base_url(entry, spec, spot),
        page_size=_page_size(entry, spec, spot / "page_size"),
        upstream=upstream,
        windows=_windows(entry.cache, windows),
    )
    headers = {header: value.get_secret_value() for header, value in entry.headers.items()}
    return DeclaredProvider(settings, given, headers, spot)


def check_given(given: Given, spec: ProviderSpec, params: Spot, credentials: Spot) -> None:
    """Tells of names the spec does not have and of values that cannot be sent."""
    for name, value in given.params.items():
        if name not in spec.placeholders():
            params.tell_of(name, unknown("unknown param", name, spec.placeholders()))
        elif problem := path_problem(name, value):
            (params / name).tell(problem.removeprefix(f"{name} "))
    for name, secret in given.credentials.items():
        if name not in spec.credential_names():
            credentials.tell_of(name, unknown_value("unknown credential", name, spec.credential_names()))
        elif problem := value_problem(secret.get_secret_value()):
            (credentials / name).tell(problem)


def _check_headers(entry: ProviderEntry, spec: ProviderSpec, spot: Spot) -> None:
    seen = sent_by(spec)
    for name, value in entry.headers.items():
        if problem := header_problem(name) or value_problem(value.get_secret_value()):
            (spot / name).tell(problem)
        elif name.lower() in seen:
            (spot / name).tell("this header is sent already, by the type or under another spelling")
        seen.add(name.lower())


def _base_url(entry: ProviderEntry, spec: ProviderSpec, spot: Spot) -> str:
    url = spec.base_url if entry.base_url is None else entry.base_url
    if url is None:
        spot.tell_of("base_url", "base_url is missing; add it, for the type does not name one")
        return ""
    try:
        return provider_url(url)
    except BadUrl as error:
        (spot / "base_url").tell(str(error))
        return ""


def _page_size(entry: ProviderEntry, spec: ProviderSpec, spot: Spot) -> int:
    most = spec.pagination.max_page_size
    if entry.page_size and isinstance(spec.pagination, SinglePagination):
        spot.tell("this API gives all of its list at once and is asked for no size: remove it")
    elif entry.page_size and most and entry.page_size > most:
        spot.tell(f"is more than this API gives at a time: at most {most}")
    return entry.page_size or spec.pagination.page_size


def _windows(own: WindowOptions, common: WindowOptions) -> WindowOptions:
    merged = {
        name: getattr(own if name in own.model_fields_set else common, name) for name in WindowOptions.model_fields
    }
    return WindowOptions.model_validate(merged)


def _upstream(entry: ProviderEntry, spot: Spot, folder: Path) -> UpstreamOptions:
    """Where only ``timeout`` is set and shorter than connecting may take, connecting may take as long as that."""
    values = {name: getattr(entry, name) for name in UpstreamOptions.model_fields}
    if entry.connect_timeout > entry.timeout:
        if "connect_timeout" in entry.model_fields_set:
            (spot / "connect_timeout").tell("is longer than timeout, of which it is a part")
        values["connect_timeout"] = entry.timeout
    if entry.proxy is not None:
        values["proxy"] = _proxy(entry.proxy, spot / "proxy")
    values["tls"] = _tls(entry.tls, spot, folder)
    return UpstreamOptions.model_validate(values)


def _proxy(url: str, spot: Spot) -> str | None:
    try:
        return proxy_url(url)
    except BadUrl as error:
        spot.tell(str(error))
        return None


def _tls(options: TlsOptions, spot: Spot, folder: Path) -> TlsOptions:
    """With paths from the config's folder on, after a look into the files."""
    given = {name: folder / path for name, path in options if path is not None}
    if not given:
        return options
    if "key" in given and "certificate" not in given:
        (spot / "tls").tell_of("certificate", "certificate is missing; add it, for there is a key")
    resolved = options.model_copy(update=given)
    try:
        tls_context(resolved)
    except (ConfigError, ValueError) as error:  # ValueError: a path that no file can have
        spot.tell_of("tls", error.problems[0] if isinstance(error, ConfigError) else "tls: names a file that cannot be")
    return resolved
