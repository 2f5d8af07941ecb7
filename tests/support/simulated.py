"""An upstream list API in memory, of any pagination style, honest or not.

``answer`` is the whole API: a query goes in, a status, headers and a body come out. It is strict: a bad number, a
repeated parameter and one that is not known are a 400. Every switch may be changed while the list is walked.

=========== ============================== ============================================================
style       query                          body
=========== ============================== ============================================================
offset      ``limit``, ``offset``          ``data``, ``has_more``, ``total``
page        ``limit``, ``page``            the same, ``total_pages``
token       ``limit``, ``token``           ``data``, ``next``, ``has_more``, ``total``
last_item   ``limit``, ``after`` (an id)   ``data``, ``has_more``, ``total``
link_body   ``limit``, ``cursor``          ``data``, ``next`` (a link), ``total``
link_header ``limit``, ``cursor``          ``data``, ``total``; header ``Link``
single      none                           a bare list
=========== ============================== ============================================================
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Literal, get_args

from tests.support.simulated_answers import (
    JSON,
    Fault,
    Flag,
    Part,
    Query,
    Refused,
    Reply,
    Stated,
    json,
    page_count,
    page_start,
    parameters,
    said,
    stated,
    whole,
)
from tests.support.simulated_links import NOISE, LinkForm, header, link, next_query, noisy, noisy_header
from tests.support.simulated_rows import Row, Whereabouts, behind, rank_at, row
from tests.support.simulated_tokens import Place, TokenBook

Style = Literal["offset", "page", "token", "last_item", "link_body", "link_header", "single"]
STYLES: tuple[Style, ...] = get_args(Style)
#: the parameter that says where a page starts
POSITION: Mapping[Style, str] = {
    "offset": "offset",
    "page": "page",
    "token": "token",
    "last_item": "after",
    "link_body": "cursor",
    "link_header": "cursor",
}
#: the styles whose answers say whether more follows
FLAGGED = frozenset({"offset", "page", "token", "last_item"})
#: of the first page: no empty one comes before it, however many come before the others
EMPTIED = inf

_NOISY = tuple(name for name, _ in NOISE)


@dataclass
class SimulatedList:
    style: Style
    rows: list[Row] = field(default_factory=list)
    """In the order of their ranks."""

    default_size: int = 20
    """Items where the call does not say how many."""
    max_size: int | None = None
    """Asking for more is a 400."""
    clamp: int | None = None
    """Serves at most this many items, whatever is asked."""
    short: Callable[[int], int] | None = None
    """How many items fewer the k-th call brings, but never none; style page: the page of that number."""
    first_page: int = 1
    """The number of the first page."""

    flag: Flag = "honest"
    total: Stated = "honest"
    pages: Stated = "honest"
    """The number of pages (style page)."""
    stale: bool = False
    """What ``SimulatedFetch`` brings of it is an old page."""

    tokens: Literal["keyset", "offset", "snapshot"] = "keyset"
    """What a token or link holds: the rank of the last row; a position; one in a copy made for page one."""
    token_life: int | None = None
    """Calls for which a token is good after the one that brought it."""
    single_use: bool = False
    on_unknown: Literal["error", "restart", "empty", "compare"] = "error"
    """The answer to a token that is no longer good, and to the id of an item that is gone (``compare``, for style
    last_item alone: goes on where it stood)."""
    error_status: int = 410
    token_header: str | None = None
    """The response header that holds the next token; None: the body does."""
    no_token: Any = None
    """What stands for the next token or link where there is none; ``ABSENT``: nothing."""
    repeats_token: bool = False
    """The last page's next token is its own."""
    trailing: bool = False
    """A token or link on the last page too; an empty page without one follows."""
    empties: float = 0
    """Empty pages with a token or link before each page but the first."""
    circle: tuple[int, int] | None = None
    """Pages before and in a circle: the last page of it leads to its first."""

    link: LinkForm = "absolute"
    link_noise: bool = False
    """More parameters, and in the header more relations, around what counts."""
    link_bare: bool = False
    """The link holds the cursor alone, without the other parameters of the call."""
    address: str = "https://upstream.test/v1/lists/simulated/items"
    """Where the list is, for its links."""

    beyond: Literal["empty", "error", "last"] = "empty"
    """The answer to an offset or a page number beyond the end."""
    beyond_status: int = 404
    ignore_position: bool = False
    """Whatever page is asked for, the first one comes."""
    shuffle: Random | None = None
    """No order at all: another one at each call."""
    accepts: tuple[str, ...] = ()
    """Parameters that are taken beside those of the pages."""

    fault: Callable[[int], Fault | Exception | None] = lambda _: None
    """What the k-th call (from 1 on) meets: another answer, ``Hang``, ``Drop``; any exception is raised."""
    calls: int = 0
    asked: list[Query] = field(default_factory=list)

    _book: TokenBook = field(init=False, repr=False, compare=False, default_factory=TokenBook)
    _whereabouts: Whereabouts = field(init=False, repr=False, compare=False, default_factory=Whereabouts)

    @classmethod
    def of(cls, style: Style, values: Iterable[Any], **switches: Any) -> "SimulatedList":
        """A list of these values, in this order."""
        return cls(style, [row(float(rank), value) for rank, value in enumerate(values)], **switches)

    def ids(self) -> list[str]:
        return [row.id for row in self.rows]

    def insert(self, index: int, value: Any) -> Row:
        made = row(rank_at(self.rows, index), value)
        self.rows.insert(index, made)
        return made

    def delete(self, index: int) -> Row:
        gone = self.rows.pop(index)
        self._whereabouts.bury(gone)
        return gone

    def forget(self) -> None:
        """Take no token that was handed out so far."""
        self._book.forget(self.calls)

    def answer(self, query: Query) -> Reply:
        """The reply to a call. Raises what ``fault`` says."""
        self.calls += 1
        self.asked.append(tuple(query))
        met = self.fault(self.calls)
        if isinstance(met, Exception):
            raise met
        if met is not None:
            return met.reply()
        try:
            return self._sound(query)
        except Refused as refused:
            return refused.reply

    def _sound(self, query: Query) -> Reply:
        asked = parameters(query, self._known())
        size = self._size(asked)
        match self.style:
            case "offset":
                return self._reply(self._counted(asked, size), asked, size)
            case "page":
                return self._reply(self._numbered(asked, size), asked, size)
            case "last_item":
                return self._reply(self._behind(asked, size), asked, size)
            case "token" | "link_body" | "link_header":
                return self._reply(self._led(asked, size), asked, size)
            case "single":
                return Reply(200, JSON, json([row.value for row in self._ordered()[: self.clamp]]))

    def _known(self) -> tuple[str, ...]:
        if self.style == "single":
            return self.accepts
        return ("limit", POSITION[self.style], *self.accepts, *(_NOISY if self.link_noise else ()))

    def _size(self, asked: Mapping[str, str]) -> int:
        size = whole(asked, "limit", self.default_size, least=1)
        if self.max_size is not None and size > self.max_size:
            raise Refused(400, f"limit is above {self.max_size}")
        return size if self.clamp is None else min(size, self.clamp)

    def _shortened(self, size: int, number: int) -> int:
        return size if self.short is None else max(1, size - self.short(number))

    def _ordered(self) -> list[Row]:
        return self.rows if self.shuffle is None else self.shuffle.sample(self.rows, len(self.rows))

    def _cut(self, start: int, size: int, copy: list[Any] | None = None) -> Part:
        """``size`` rows from ``start`` on, of a copy where there is one."""
        end = start + size
        count = len(self.rows if copy is None else copy)
        values = [row.value for row in self._ordered()[start:end]] if copy is None else copy[start:end]
        return Part(values, end < count, count)

    def _counted(self, asked: Mapping[str, str], size: int) -> Part:
        start = whole(asked, "offset", 0, least=0)
        if self.ignore_position:
            start = 0
        if start and start >= len(self.rows):
            start = self._beyond(start, max(0, len(self.rows) - size))
        return self._cut(start, self._shortened(size, self.calls))

    def _numbered(self, asked: Mapping[str, str], size: int) -> Part:
        number = whole(asked, "page", self.first_page, least=self.first_page)
        index = 0 if self.ignore_position else number - self.first_page
        count = page_count(len(self.rows), self._sizes(size))
        if index and index >= count:
            index = self._beyond(index, max(0, count - 1))
        return self._cut(page_start(index, self._sizes(size)), self._shortened(size, self.first_page + index))

    def _sizes(self, size: int) -> int | Callable[[int], int]:
        """Of pages by their index: one for all, where none is short."""
        return size if self.short is None else lambda index: self._shortened(size, self.first_page + index)

    def _beyond(self, place: int, last: int) -> int:
        if self.beyond == "error":
            raise Refused(self.beyond_status, "beyond the end")
        return last if self.beyond == "last" else place

    def _behind(self, asked: Mapping[str, str], size: int) -> Part:
        after = asked.get("after")
        start = 0 if after is None or self.ignore_position else self._index_behind(after)
        if start is None:
            return self._unknown() or self._cut(0, size)
        return self._cut(start, self._shortened(size, self.calls))

    def _index_behind(self, key: str) -> int | None:
        """Where the page behind the item starts; None where the server cannot tell."""
        index = self._whereabouts.find(self.rows, key)
        if index is not None:
            return index + 1
        grave = self._whereabouts.grave(key) if self.on_unknown == "compare" else None
        return None if grave is None else behind(self.rows, grave)

    def _unknown(self) -> Part | None:
        """The page for a place that is not known; None: the first one. Raises ``Refused``."""
        match self.on_unknown:
            case "restart":
                return None
            case "empty":
                return Part([], more=False, count=len(self.rows))
            case "error" | "compare":
                raise Refused(self.error_status, "that place is not known any more")

    def _led(self, asked: Mapping[str, str], size: int) -> Part:
        text = asked.get(POSITION[self.style])
        if text is None or self.ignore_position:
            return self._from(self._beginning(), text, size)
        place = self._book.redeem(text, self.calls, life=self.token_life, single_use=self.single_use)
        if place is not None:
            return self._from(place, text, size)
        return self._unknown() or self._from(self._beginning(), text, size)

    def _beginning(self) -> Place:
        if self.tokens == "snapshot":
            return Place("copy", 0, self._book.keep([row.value for row in self._ordered()]), EMPTIED)
        return Place("position", 0, emptied=EMPTIED)

    def _from(self, place: Place, text: str | None, size: int) -> Part:
        """The page from ``place`` on, which ``text`` led to."""
        if self.circle:
            return self._in_a_circle(*self.circle, int(place.at) if place.kind == "circle" else 0, size)
        copy = self._book.copy(place.copy) if place.kind == "copy" else None
        start = behind(self.rows, place.at) if place.kind == "rank" else int(place.at)
        if place.emptied < self.empties:
            return self._empty(place, start, copy)
        part = self._cut(start, self._shortened(size, self.calls), copy)
        if part.more or (self.trailing and part.values):
            part.following = self._token(self._place(start + len(part.values), place))
        elif self.repeats_token:
            part.following = text
        return part

    def _empty(self, place: Place, start: int, copy: list[Any] | None) -> Part:
        count = len(self.rows if copy is None else copy)
        return Part([], start < count, count, self._token(place._replace(emptied=place.emptied + 1)))

    def _in_a_circle(self, before: int, length: int, number: int, size: int) -> Part:
        part = self._cut(number * size, size)
        following = number + 1 if number + 1 < before + length else before
        return Part(part.values, True, part.count, self._token(Place("circle", following)))

    def _place(self, end: int, former: Place) -> Place:
        """The place of a page that starts at ``end``."""
        if former.kind == "copy":
            return Place("copy", end, former.copy)
        return Place("position", end) if self.tokens == "offset" else Place("rank", self.rows[end - 1].rank)

    def _token(self, place: Place) -> str:
        return self._book.issue(place, self.calls, mortal=self.single_use or self.token_life is not None)

    def _reply(self, part: Part, asked: Mapping[str, str], size: int) -> Reply:
        body: dict[str, Any] = {"data": part.values, "total": stated(self.total, part.count)}
        headers = JSON
        if self.style in FLAGGED:
            body["has_more"] = said(self.flag, more=part.more, full=len(part.values) == size)
        if self.style == "page":
            body["total_pages"] = stated(self.pages, page_count(part.count, self._sizes(size)))
        if self.style in {"token", "link_body"}:
            target = part.following if self.style == "token" else self._link(part.following, asked)
            if self.token_header is None:
                body["next"] = self.no_token if target is None else target
            elif target is not None:
                headers = {**JSON, self.token_header.lower(): target}
        if self.style == "link_header":
            headers = self._link_headers(part.following, asked)
        return Reply(200, headers, json(body))

    def _link(self, token: str | None, asked: Mapping[str, str]) -> str | None:
        if token is None:
            return None
        query = next_query({} if self.link_bare else asked, "cursor", token)
        return link(self.link, self.address, noisy(query) if self.link_noise else query)

    def _link_headers(self, token: str | None, asked: Mapping[str, str]) -> dict[str, str]:
        target = self._link(token, asked)
        if self.link_noise:
            return {**JSON, "link": noisy_header(target, f"{self.address}?cursor=wrong")}
        return JSON if target is None else {**JSON, "link": header(target)}
