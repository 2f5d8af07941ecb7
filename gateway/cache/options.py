"""What can be set about the page cache."""

from pydantic import Field, SecretStr

from gateway.core.options import Duration, Options, Size


class WindowOptions(Options):
    """For how long an upstream page may be served, and when."""

    fresh: Duration = 30.0
    """Served without asking the provider."""
    revalidate: Duration | None = None
    """After `fresh`: served at once, and renewed behind. Equal to `fresh` where it is not set."""
    if_error: Duration = 600.0
    """After `fresh`: served where the provider fails; never after 401, 403 or 404."""


class CacheOptions(WindowOptions):
    url: SecretStr | None = None
    """`redis://`, `rediss://` or `unix://`. Left out, each replica caches in its own memory alone."""
    memory: Size = 64 * 1024**2
    """The most that the memory tier holds; 0 switches it off."""
    timeout: Duration = Field(default=0.2, gt=0)
    """One Redis operation."""
    prefix: str = Field(default="ksg", pattern=r"^[A-Za-z0-9_.-]{1,32}$")
    """What every key in Redis begins with."""
