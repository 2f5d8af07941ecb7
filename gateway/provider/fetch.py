"""The waist of the gateway: a page request and a deadline go in, a page comes out.

Everything between the engine and a socket is a ``Fetch``: cache, retry, bulkhead and the HTTP call wrap one another.
"""

import hashlib
from typing import Literal, Protocol

from gateway.core.deadline import Deadline
from gateway.core.record import Record
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider

#: for a walk that waits; behind it, to renew a page that may still be served; before a walk asks
Cause = Literal["miss", "revalidate", "read-ahead"]


class PageRequest(Record, frozen=True):
    """``token``: None for the first page. ``max_age`` in seconds: the oldest cached answer that will do (0: none).

    ``tenant``, ``provider`` and ``token`` make the page; the rest is about this one asking. ``known`` is the page as it
    was, with a validator: where the upstream says that it is so still, it is given again, as fetched now.

    ``cause``: why the upstream is asked; ``resent``: how many attempts there were before this one. ``trace``: headers
    that say to which trace this belongs (https://www.w3.org/TR/trace-context); the upstream is sent them too.
    """

    unseen = frozenset({"token", "known", "trace"})

    tenant: str
    provider: Provider
    token: PageToken | None
    max_age: float | None = None
    request_id: str = ""
    known: Page | None = None
    cause: Cause = "miss"
    resent: int = 0
    trace: tuple[tuple[str, str], ...] = ()

    def key(self) -> str:
        """Stable digest of what the page is: tenant, provider, credential, spec and token. 32 hexadecimal digits."""
        parts = (self.tenant.encode(), self.provider.cache_identity, repr(self.token).encode())
        digest = hashlib.blake2b(digest_size=16)
        for part in parts:  # length-prefixed, so that (a, bc) and (ab, c) differ
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
        return digest.hexdigest()


class ReadAhead(Protocol):
    """Has a page fetched before it is asked for, where that can be kept; never waits, never raises."""

    def __call__(self, request: PageRequest) -> None: ...


class Fetch(Protocol):
    """Raises ``UpstreamError`` when the provider cannot give the page, ``TimeoutError`` when the deadline ends it."""

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page: ...
