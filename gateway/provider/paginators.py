"""How one page leads to the next: pure functions of the token, what came back, and the declared rule.

Rules: advance by the items that were received, never by the size that was asked for; the end is what the spec
declares, never a short page or a total; a page that leads to itself is a loop and an error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, assert_never

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.page import PageToken
from gateway.provider.paths import first_of
from gateway.provider.spec import FlagEnd, OffsetPagination, Pagination, TokenPagination

MAX_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Step:
    """Where the next page starts, and how many of its first items are the last of this page.

    ``promised`` is False where the upstream did not say itself that more follows: a page without anything new is
    then the end, which only the walk can see.
    """

    token: PageToken = field(repr=False)
    overlap: int = 0
    promised: bool = True


class Paginator(Protocol):
    def query(self, token: PageToken | None) -> tuple[tuple[str, str], ...]:
        """The query parameters that ask for the page at ``token`` (None: the first)."""
        ...

    def step(self, token: PageToken | None, received: int, body: Any) -> Step | None:
        """Where to go from a page of ``received`` items, or None at the end.

        Raises ``UpstreamError`` (``loop``, ``malformed``) where the answer contradicts itself.
        """
        ...

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        """Where a page before starts, where that can be known; None where it cannot, or there is none.

        ``size``: items that the server sends at most, where that has shown; None: as many as it is asked for.
        """
        ...


class OffsetPaginator:
    """``skip``/``limit``: the token is the offset of the page's first item."""

    def __init__(self, spec: OffsetPagination, size: int) -> None:
        self._offset = spec.offset
        self._size = (spec.limit, str(size))
        self._overlap = spec.overlap
        self._asked = size
        self._has_more = _flag(spec)

    def query(self, token: PageToken | None) -> tuple[tuple[str, str], ...]:
        return self._size, (self._offset, str(token or 0))

    def step(self, token: PageToken | None, received: int, body: Any) -> Step | None:
        offset = token if isinstance(token, int) else 0
        more = self._has_more(body)
        if more is False:
            return None
        if received == 0:
            if more:
                raise UpstreamError(FailureCode.LOOP, "an empty page that says more follows")
            return None
        overlap = min(self._overlap, received - 1)  # a server of one item at a time is walked without overlap
        return Step(offset + received - overlap, overlap, promised=more is True)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        if not isinstance(token, int) or not token:
            return None
        return max(0, token - max(1, (size or self._asked) - self._overlap))


class TokenPaginator:
    """The answer holds the token of the next page. Null, absent and empty mean the end."""

    def __init__(self, spec: TokenPagination, size: int) -> None:
        self._token = spec.token
        self._size = (spec.limit, str(size))
        self._next = first_of(spec.next)

    def query(self, token: PageToken | None) -> tuple[tuple[str, str], ...]:
        return (self._size,) if token is None else (self._size, (self._token, str(token)))

    def step(self, token: PageToken | None, received: int, body: Any) -> Step | None:
        del received
        found = self._next(body)
        if not found and found != 0:
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise UpstreamError(FailureCode.MALFORMED, "the next token is neither text nor a whole number")
        if len(str(found)) > MAX_TOKEN:
            raise UpstreamError(FailureCode.MALFORMED, f"the next token is longer than {MAX_TOKEN} characters")
        if str(found) == token:
            raise UpstreamError(FailureCode.LOOP, "a page whose next token is its own")
        return Step(str(found))

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del token, size
        return None


def paginator(spec: Pagination, size: int) -> Paginator:
    """The paginator of a spec; ``size`` is what every call asks for."""
    match spec:
        case OffsetPagination():
            return OffsetPaginator(spec, size)
        case TokenPagination():
            return TokenPaginator(spec, size)
        case _:
            assert_never(spec)


def _flag(spec: OffsetPagination) -> Callable[[Any], bool | None]:
    """A function from an answer to its "more follows" flag, or None where it has none."""
    if not isinstance(spec.end, FlagEnd):
        return lambda _: None
    find = first_of(spec.end.has_more)

    def read(body: Any) -> bool | None:
        found = find(body)
        if found is True or found is False:
            return bool(found)
        if found is None or not isinstance(found, str | int | float | list | dict):
            return None
        raise UpstreamError(FailureCode.MALFORMED, "the flag that says whether more follows is neither true nor false")

    return read
