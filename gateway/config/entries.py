"""What may be written in the config file, name by name. What depends on something else in it is checked elsewhere."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, WithJsonSchema

from gateway.api.options import ServerOptions
from gateway.cache.options import CacheOptions, WindowOptions
from gateway.config.files import ReloadOptions
from gateway.core.options import Options
from gateway.listing.options import CursorOptions, WalkOptions
from gateway.telemetry.options import LogOptions, TracingOptions
from gateway.upstream.options import UpstreamOptions

_PROVIDER = "[a-z0-9][a-z0-9-]{0,62}"
_TENANT = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_ENVIRONMENT = "[A-Za-z0-9._-]{1,64}"
_HEADER = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}"
_DIGEST = "sha256:[0-9A-Fa-f]{64}"


def _of_form(pattern: str, words: str) -> Callable[[str], str]:
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(words)
        return value

    return check


provider_name = _of_form(_PROVIDER, "is not one for a provider: use a to z, 0 to 9 and hyphens, at most 63")
tenant_name = _of_form(_TENANT, "is not one for a tenant: use letters, digits, '.', '_' and '-', at most 64")


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


ProviderName = Annotated[str, AfterValidator(provider_name), _schema(_PROVIDER)]
TenantName = Annotated[str, AfterValidator(tenant_name), _schema(_TENANT)]
Environment = Annotated[
    str,
    AfterValidator(_of_form(_ENVIRONMENT, "use letters, digits, '.', '_' and '-', at most 64")),
    _schema(_ENVIRONMENT),
]
HeaderKey = Annotated[
    str,
    AfterValidator(_of_form(_HEADER, "is not one for a header: use letters, digits and hyphens, at most 64")),
    _schema(_HEADER),
]
KeyDigest = Annotated[
    str,
    AfterValidator(
        _of_form(
            _DIGEST,
            "is not the digest of a key: sha256: and 64 hexadecimal digits, as knowledge-gateway api-key prints them; "
            "the key itself does not belong here",
        )
    ),
    _schema(_DIGEST),
]

Params = dict[str, str]
Credentials = dict[str, SecretStr]


class ProviderEntry(UpstreamOptions):
    """One provider under the name it has in answers."""

    type: str = Field(min_length=1)
    """A built-in type (`knowledge-gateway catalog`), or the path of a spec file, from this file's folder on."""
    enabled: bool = True
    """False: checked, but neither called nor shown to anybody."""
    base_url: str | None = None
    """Where its API is; left out, where the type says."""
    params: Params = Field(default={})
    """The placeholders of the type's path."""
    credentials: Credentials = Field(default={})
    """What the type authenticates with; best as `${NAME}` or `${file:/path}`."""
    headers: dict[HeaderKey, SecretStr] = Field(default={})
    """Further headers that are sent with every call."""
    page_size: int | None = Field(default=None, ge=1, le=10_000)
    """Items asked for at a time; left out, what the type says."""
    cache: WindowOptions = WindowOptions()
    """Other windows than those under the config's `cache`; what is left out here is as it is there."""


class TenantEntry(Options):
    """One client or group of clients, known by its keys."""

    model_config = ConfigDict(json_schema_extra={"required": ["keys", "providers"]})

    keys: tuple[KeyDigest, ...] = Field(default=(), json_schema_extra={"minItems": 1})
    """Digests of its API keys (`knowledge-gateway api-key`); several while one is being replaced."""
    providers: tuple[str, ...] = Field(default=(), json_schema_extra={"minItems": 1})
    """The providers it may list."""
    credentials: dict[str, Credentials] = Field(default={})
    """By provider: its own credentials instead of the provider's."""
    params: dict[str, Params] = Field(default={})
    """By provider: its own params instead of the provider's."""


class AnonymousEntry(Options):
    """Callers without a key."""

    model_config = ConfigDict(json_schema_extra={"required": ["providers"]})

    providers: tuple[str, ...] = Field(default=(), json_schema_extra={"minItems": 1})
    """The providers that anybody may list."""


class ConfigFile(Options):
    """The config file of the knowledge-store gateway."""

    server: ServerOptions = ServerOptions()
    cache: CacheOptions = CacheOptions()
    cursor: CursorOptions = CursorOptions()
    walk: WalkOptions = WalkOptions()
    log: LogOptions = LogOptions()
    tracing: TracingOptions = TracingOptions()
    reload: ReloadOptions = ReloadOptions()
    environment: Environment = "default"
    """Part of every cursor: a cursor of another environment is not valid in this one."""
    providers: dict[ProviderName, ProviderEntry] = Field(default={})
    tenants: dict[TenantName, TenantEntry] = Field(default={})
    anonymous: AnonymousEntry | None = None
