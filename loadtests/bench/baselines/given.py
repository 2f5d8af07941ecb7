"""What every baseline is given to work with."""

from dataclasses import dataclass

PATH = "/v1/knowledge-stores"


@dataclass(frozen=True, slots=True)
class Call:
    """One upstream call: the whole URL of a page, and what authenticates it."""

    url: str
    headers: dict[str, str]

    @property
    def target(self) -> str:
        """Path and query."""
        return "/" + self.url.split("/", 3)[3]


@dataclass(frozen=True, slots=True)
class Given:
    body: bytes
    """A page of the gateway's, for those that answer one."""
    calls: tuple[Call, ...]
    """For those that ask the upstreams."""
