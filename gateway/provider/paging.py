"""What every paginator is: pure functions of a token and an answer.

Rules: advance by the items that were received, never by the size that was asked for; the end is what the spec
declares and nothing else; a page that leads to itself is a loop and an error; of a link only declared parameters are
taken.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from gateway.core.record import Record
from gateway.provider.page import PageToken
from gateway.provider.pagination import Sized

#: parameters of a query: a name and a value, or both as they are sent, where they were handed out so
Query = tuple[tuple[str, str] | str, ...]


class Answer(Record, frozen=True):
    """``items`` of the page, the JSON ``value`` they stand in, and the response's headers by lower-case name."""

    unseen = frozenset({"items", "value", "headers"})

    items: Sequence[Any]
    value: Any
    headers: Mapping[str, str]


class Step(Record, frozen=True):
    """Where the next page starts, and how many of its first items are the last of this page.

    ``promised`` is False where the upstream did not say itself that more follows: a page without anything new is
    then the end, which only the walk can see.
    """

    unseen = frozenset({"token"})

    token: PageToken
    overlap: int = 0
    promised: bool = True


class Traits(Record, frozen=True):
    """``overlap``: items of one page that the next one repeats at most. ``rereads``: the page before is read again.

    ``keyed``: a token names an item, so that the page behind it starts at the right place whatever was deleted.
    ``single_use``: a token works only once.
    ``meaning`` is what tells tokens of one declaration from those of another, beside the style.
    """

    overlap: int = 0
    rereads: bool = False
    keyed: bool = False
    single_use: bool = False
    meaning: tuple[str | int, ...] = ()


class Paginator(Protocol):
    @property
    def traits(self) -> Traits: ...

    def query(self, token: PageToken | None) -> Query:
        """The query parameters that ask for the page at ``token`` (None: the first)."""
        ...

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        """Where to go from a page, or None at the end.

        Raises ``UpstreamError`` (``loop``, ``malformed``) where the answer contradicts itself.
        """
        ...

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        """Where a page before starts, where pages are counted; None for the first, and where they are not.

        ``size``: items that the server sends at most, where that has shown; None: as many as it is asked for.
        """
        ...


def encoded(query: Query) -> str:
    """The parameters as they stand in a URL."""
    return "&".join(one if isinstance(one, str) else urlencode([one], quote_via=quote) for one in query)


def sized(spec: Sized, size: int) -> Query:
    """The parameter that asks for ``size`` items, where there is one."""
    return ((spec.limit, str(size)),) if spec.limit else ()
