"""What can be set about the page cache."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from gateway.cache.redis_store import check_url
from gateway.core.options import Duration, Options, Size


class WindowOptions(Options):
    """For how long an upstream page may be served, and when."""

    fresh: Duration = Field(default=30.0, le=86_400)
    """Served without asking the provider."""
    revalidate: Annotated[Duration, Field(le=86_400)] | None = None
    """After `fresh`: served at once, and renewed behind. Equal to `fresh` where it is not set."""
    if_error: Duration = Field(default=600.0, le=604_800)
    """After `fresh`: served where the provider fails; never after 401, 403 or 404."""


class CacheOptions(WindowOptions):
    url: SecretStr | None = None
    """`redis://`, `rediss://` or `unix://`. Left out, each replica caches in its own memory alone."""
    memory: Size = 32 * 1024**2
    """The most that the memory tier holds, a quarter of it for whole answers; 0 switches it off."""
    timeout: Duration = Field(default=0.2, gt=0, le=10)
    """One Redis operation."""
    read_ahead: int = Field(default=4, ge=0, le=1000)
    """Pages of one provider that may be fetched at once before a walk asks for them; 0: none."""
    prefix: str = Field(default="ksg", pattern=r"^[A-Za-z0-9_.-]{1,32}$")
    """What every key in Redis begins with."""

    @field_validator("url")
    @classmethod
    def _url_is_of_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _well_formed(url.get_secret_value()):
            raise ValueError("write it as redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket")
        if url is not None:
            check_url(url)
        return url


def _well_formed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is the check
    except ValueError:
        return False
    if parts.scheme == "unix":
        return bool(parts.path)
    database = parts.path.removeprefix("/")
    return parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and (not database or database.isdecimal())
