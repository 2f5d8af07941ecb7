"""Whether more follows, by the rule that a spec declares. Pure.

True: the list says so. False: it has ended. None: it does not say, and a page without anything new will be the end.
"""

from collections.abc import Callable
from typing import Any, Protocol, assert_never

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.pagination import (
    EmptyPageEnd,
    End,
    FlagEnd,
    NoTokenEnd,
    PageCountEnd,
    ShortPageEnd,
    TokenEnd,
    TotalEnd,
)
from gateway.provider.paging import Answer
from gateway.provider.paths import MISSING, Getter, first_of


class WhetherMore(Protocol):
    def __call__(self, answer: Answer, read: int, number: int = 0) -> bool | None:
        """``read``: items up to this page's last; ``number`` of the page, where pages are numbered."""
        ...


def whether_more(end: End, size: int, total: Getter | None, first_page: int = 0) -> WhetherMore:
    """The rule as a function; ``size`` is what every call asks for, ``total`` finds the list's own count."""
    match end:
        case FlagEnd() | NoTokenEnd() | EmptyPageEnd():
            return _said(_flag(end) if isinstance(end, FlagEnd) else _unsaid)
        case ShortPageEnd():
            return _short_page(size, total)
        case TotalEnd():
            return _total(first_of(end.total))
        case PageCountEnd():
            return _page_count(first_of(end.pages), first_page)
        case _:
            assert_never(end)


def goes_on(more: bool | None, received: int) -> bool:  # noqa: FBT001 - the answer of a ``WhetherMore``
    """Whether a page follows. Raises ``UpstreamError`` (``loop``) for an empty page that says so."""
    if received == 0 and more:
        raise UpstreamError(FailureCode.LOOP, "an empty page that says more follows")
    return more is not False and received > 0


def token_end(end: TokenEnd) -> Callable[[Answer], bool | None]:
    """The same for pages that are led to by tokens."""
    match end:
        case FlagEnd():
            return _flag(end)
        case EmptyPageEnd():
            return lambda answer: None if answer.items else False
        case NoTokenEnd():
            return _unsaid
        case _:
            assert_never(end)


def _said(by: Callable[[Answer], bool | None]) -> WhetherMore:
    def more(answer: Answer, read: int, number: int = 0) -> bool | None:
        del read, number
        return by(answer)

    return more


def _unsaid(answer: Answer) -> None:
    del answer


def _short_page(size: int, total: Getter | None) -> WhetherMore:
    def more(answer: Answer, read: int, number: int = 0) -> bool | None:
        del number
        stated = count(total(answer.value)) if total else None
        return None if len(answer.items) >= size or (stated is not None and read < stated) else False

    return more


def _total(find: Getter) -> WhetherMore:
    def more(answer: Answer, read: int, number: int = 0) -> bool | None:
        del number
        stated = count(find(answer.value))
        return None if stated is None or read < stated else False

    return more


def _page_count(find: Getter, first: int) -> WhetherMore:
    def more(answer: Answer, read: int, number: int = 0) -> bool | None:
        del read
        stated = count(find(answer.value))
        return None if stated is None or number - first + 1 < stated else False

    return more


def count(found: Any) -> int | None:
    """A whole number from 0 on, or None for anything else."""
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53 else None


def _flag(end: FlagEnd) -> Callable[[Answer], bool | None]:
    find = first_of(end.has_more)

    def more(answer: Answer) -> bool | None:
        found = find(answer.value)
        if found is True or found is False:
            return bool(found)
        if found is None or found is MISSING:
            return None
        raise UpstreamError(FailureCode.MALFORMED, "the flag that says whether more follows is neither true nor false")

    return more
