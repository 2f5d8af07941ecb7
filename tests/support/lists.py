"""Upstream lists in memory, behind a ``Fetch``: they answer the query of the real call, and the real spec reads it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from gateway.core.deadline import Deadline
from gateway.provider import catalog
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Origin, Page, PageToken
from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from tests.support.clock import ManualClock

PARAMS = {"organization_id": "org_1", "project_id": "proj_1"}
CREDENTIALS = {"token": "SECRET-token", "api_key": "SECRET-key", "account_id": "SECRET-account"}

#: how a list says whether more follows: as it is, not at all, null, always, or whenever the page is full
Flag = Literal["honest", "absent", "null", "always", "full"]
Envelope = Literal["items", "data.items", "data", "bare"]


def provider(type_: str, name: str | None = None, **changes: Any) -> Provider:
    """A provider of a built-in type; ``changes`` are arguments of ``Provider``, or ``spec``."""
    arguments: dict[str, Any] = {
        "name": name or type_,
        "spec": catalog.spec(type_),
        "base_url": "https://upstream.test",
        "params": PARAMS,
        "credentials": CREDENTIALS,
    }
    return Provider(**{**arguments, **changes})


def altered(type_: str, **changes: Any) -> ProviderSpec:
    """A built-in spec with some of its keys replaced."""
    return ProviderSpec.model_validate({**catalog.spec(type_).model_dump(mode="json"), **changes})


@dataclass
class Row:
    """``rank`` is where it stands in the list; the token of a page is the rank of its last row."""

    rank: float
    value: Any


@dataclass
class UpstreamList:
    """One list and the ways in which it may misbehave. Everything may be changed while it is walked."""

    type: str
    rows: list[Row] = field(default_factory=list)
    clamp: int = 10**6
    """Serves at most this many items, whatever is asked."""
    flag: Flag = "honest"
    envelope: Envelope = "items"
    offset_ignored: bool = False
    empties: float = 0
    """Empty pages with a token before each page but the first."""
    trailing: bool = False
    """A token on the last page too; an empty page without one follows."""
    circle: tuple[int, int] | None = None
    """Pages before and in a circle: the last page of it leads to its first."""
    stated_total: Any = "honest"
    stale: bool = False
    fault: Callable[[int], Exception | None] = lambda _: None
    """What the k-th call to it (from 1 on) fails with."""
    calls: int = 0

    @classmethod
    def of(cls, type_: str, *values: Any, **switches: Any) -> "UpstreamList":
        return cls(type_, [Row(float(rank), value) for rank, value in enumerate(values)], **switches)

    def insert(self, index: int, value: Any) -> None:
        low = self.rows[index - 1].rank if index else self.rows[0].rank - 1 if self.rows else 0.0
        high = self.rows[index].rank if index < len(self.rows) else low + 2
        self.rows.insert(index, Row((low + high) / 2, value))

    def answer(self, url: str) -> bytes:
        """The body for a URL, as an API of this type writes it."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        body = self._by_token(query) if self.type == "scale-dex" else self._by_offset(query)
        return json.dumps(body).encode()

    def _by_offset(self, query: Mapping[str, str]) -> Any:
        offset = 0 if self.offset_ignored else int(query.get("skip", query.get("offset", "0")))
        size = min(int(query["limit"]), self.clamp)
        items = [row.value for row in self.rows[offset : offset + size]]
        name = "has_more" if self.type == "aitronos" else "hasMore"
        flag = self._more(offset + len(items) < len(self.rows), len(items) == size)
        return self._wrapped(items, flag if flag == {} else {name: flag["more"]})

    def _more(self, more: bool, full: bool) -> dict[str, bool | None]:
        match self.flag:
            case "honest":
                return {"more": more}
            case "absent":
                return {}
            case "null":
                return {"more": None}
            case "always":
                return {"more": True}
            case "full":
                return {"more": full}

    def _wrapped(self, items: list[Any], rest: dict[str, Any]) -> Any:
        if self.type == "aitronos":
            rest["total"] = len(self.rows) if self.stated_total == "honest" else self.stated_total
        match self.envelope:
            case "items":
                return {"items": items, **rest}
            case "data.items":
                return {"success": True, "data": {"items": items, **rest}}
            case "data":
                return {"success": True, "data": items, **rest}
            case "bare":
                return items

    def _by_token(self, query: Mapping[str, str]) -> Any:
        size = min(int(query["page_size"]), self.clamp)
        token = query.get("continuation_token")
        if self.circle:
            return self._in_a_circle(size, int(token or 0), *self.circle)
        rank, _, emptied = (token or "-inf/inf").partition("/")
        following = [row for row in self.rows if row.rank > float(rank)]
        if float(emptied) < self.empties:
            return self._page([], f"{rank}/{int(emptied) + 1}")
        page = following[:size]
        more = len(following) > size or (self.trailing and page) or (self.empties == float("inf"))
        last = page[-1].rank if page else rank
        return self._page([row.value for row in page], f"{last}/0" if more else None)

    def _in_a_circle(self, size: int, number: int, before: int, length: int) -> Any:
        items = [row.value for row in self.rows[number * size : (number + 1) * size]]
        following = number + 1 if number < before + length else before + 1
        return self._page(items, str(following))

    def _page(self, items: list[Any], token: str | None) -> Any:
        total = len(self.rows) if self.stated_total == "honest" else self.stated_total
        return {"items": items, "total_count": total, "next_token": token}


class Upstreams:
    """A ``Fetch`` over lists, by the name of the provider. ``asked`` holds every call that was made."""

    def __init__(self, lists: Mapping[str, UpstreamList], clock: ManualClock) -> None:
        self.lists = lists
        self.clock = clock
        self.asked: list[tuple[str, PageToken | None]] = []

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        upstream = self.lists[request.provider.name]
        upstream.calls += 1
        self.asked.append((request.provider.name, request.token))
        if failure := upstream.fault(upstream.calls):
            raise failure
        body = upstream.answer(request.provider.call(request.token).url)
        page = request.provider.read(request.token, body, {}, self.clock.now())
        return replace(page, origin=Origin(stale=upstream.stale))


class PageCache:
    """A ``Fetch`` that keeps what another one brought, for good; ``max_age`` 0 goes past it and replaces."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._pages: dict[str, Page] = {}

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        key = request.key()
        if key in self._pages and request.max_age != 0:
            page = self._pages[key]
            return replace(page, origin=replace(page.origin, tier="memory"))
        self._pages[key] = await self._fetch(request, deadline)
        return self._pages[key]
