"""One upstream list API described as data. Closed: no templates beyond path parameters, no expressions, no code.

A spec says where the list is, how a client proves who it is, how its pages follow one another, and which of its
fields become which of ours. The built-in ones are the YAML files in ``catalog/``.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from gateway.core.options import Options
from gateway.provider.pagination import HeaderName, Name, Pagination
from gateway.provider.paths import Path, Paths

HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$", max_length=4096)]

FilterName = Literal["name", "type", "id", "kind", "status", "created_after", "created_before"]

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class BearerAuth(Options):
    type: Literal["bearer"]
    credential: Name = "token"
    """The credential that is sent as `Authorization: Bearer …`."""


class HeaderAuth(Options):
    type: Literal["headers"]
    headers: dict[HeaderName, Name] = Field(min_length=1)
    """Header name to the credential that is its whole value."""


class NoAuth(Options):
    type: Literal["none"]


Auth = Annotated[BearerAuth | HeaderAuth | NoAuth, Field(discriminator="type")]


class Response(Options):
    items: Paths
    """The list; where several paths are given, the first that leads to a list."""
    null_is_empty: Paths | None = None
    """Where null stands for an empty list."""
    total: Paths | None = None


class SortSpec(Options):
    """How this API sorts: our field names to its own, and what is asked for when the client asks for nothing."""

    field: Name
    """Query parameter that takes the field."""
    direction: Name
    """Query parameter that takes the direction."""
    ascending: str
    descending: str
    fields: dict[str, str] = Field(min_length=1)
    default: str
    """Ours, with `-` in front for descending: `-created_at`."""

    @model_validator(mode="after")
    def _default_is_declared(self) -> "SortSpec":
        if self.default.removeprefix("-") not in self.fields:
            raise ValueError(f"default names a field that is not under fields: use one of {', '.join(self.fields)}")
        return self

    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters that ask for the default order."""
        name = self.fields[self.default.removeprefix("-")]
        return (self.field, name), (
            self.direction,
            self.descending if self.default.startswith("-") else self.ascending,
        )


class FilterSpec(Options):
    """A filter the upstream can apply itself."""

    param: Name
    match: Literal["exact", "at_least", "at_most"] = "exact"
    values: tuple[str, ...] | None = None
    """The values it knows; any other cannot match anything there."""
    repeatable: bool = False


class MappedField(Options):
    """A field whose values are translated one by one: `{path: is_active, values: {"true": active}}`."""

    path: Path
    values: dict[str, str] = Field(min_length=1)
    """The upstream's value, as JSON writes it, to ours. Any other value becomes null."""


class ItemSpec(Options):
    """Which of the upstream's fields become which of ours. Everything else is under `raw`."""

    kind: str
    id: Path
    name: Path | None = None
    description: Path | None = None
    type: Path | None = None
    status: Path | MappedField | None = None
    created_at: Path | None = None
    updated_at: Path | None = None
    item_count: Path | None = None
    size_bytes: Path | None = None
    metadata: dict[Name, Path] = Field(default={})
    time_format: Literal["iso8601", "unix", "unix_ms"] = "iso8601"


class ProviderSpec(Options):
    title: str
    base_url: str | None = None
    """Where the vendor runs it; a provider in the config may, and without this must, say its own."""
    path: Annotated[str, StringConstraints(pattern=r"^/[^?#\s]*$")]
    """With `{placeholders}` for `params`."""
    query: dict[Name, str] = Field(default={})
    """Parameters that are sent with every call."""
    headers: dict[HeaderName, HeaderValue] = Field(default={})
    auth: Auth
    pagination: Pagination
    response: Response
    stable_order: bool = False
    """True where the API promises an order in which no item moves: the walk is then exact, else best effort."""
    sort: SortSpec | None = None
    filters: dict[FilterName, FilterSpec] = Field(default={})
    item: ItemSpec

    @field_validator("path")
    @classmethod
    def _placeholders_are_well_formed(cls, path: str) -> str:
        if set("{}") & set(_PLACEHOLDER.sub("", path)):
            raise ValueError("a placeholder is written {name}, with letters, digits and underscores")
        return path

    def placeholders(self) -> tuple[str, ...]:
        """Names of the path parameters, each once, in the order of the path."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.path)))

    def credential_names(self) -> tuple[str, ...]:
        """Names of the credentials that a provider of this type must be given."""
        match self.auth:
            case BearerAuth(credential=name):
                return (name,)
            case HeaderAuth(headers=headers):
                return tuple(dict.fromkeys(headers.values()))
            case NoAuth():
                return ()
