"""What is read ahead of a walk: what the walk will ask for, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from gateway.cache.cached import Cached
from gateway.cache.freshness import Windows
from gateway.cache.memory import MemoryStore
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Event, PageReadAhead
from gateway.core.query import ListQuery, PageOptions
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec
from gateway.listing.issue import CursorIssuer
from gateway.listing.listing import Listing
from gateway.listing.report import ListingPage
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider
from tests.support.clock import ManualClock
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ends, provider
from tests.support.walking import KEY

SIZE = 4
#: items that pages share
OVERLAP: Mapping[str, int] = {"offset": 1, "last_item": 1}
WINDOWS = Windows(fresh=30, revalidate=30, if_error=600)
TENANT = Tenant("acme", ("list",))


class Reader:
    """A client of one list. ``wished``: what was to be read ahead; ``asked``: each call and whether it was one."""

    def __init__(
        self, listed: SimulatedList, made: Provider, *, ahead: bool = True, windows: Windows = WINDOWS
    ) -> None:
        self.clock = ManualClock()
        self.events: list[Event] = []
        self.wished: list[PageToken | None] = []
        self.asked: list[PageToken | None] = []
        self._upstream = SimulatedFetch({"list": listed}, self.clock)
        self.cached = Cached(
            inner=self._fetch,
            memory=MemoryStore[Page](10**7),
            redis=None,
            windows=lambda _: windows,
            clock=self.clock,
            observe=self.events.append,
            read_ahead=4 if ahead else 0,
        )
        self._listing = Listing(
            find=lambda _, name: made if name == "list" else None,
            fetch=self.cached,
            issuer=CursorIssuer(
                codec=CursorCodec(keys=[KEY], environment="test", route="/"),
                tickets=None,
                clock=self.clock,
                max_age=86_400,
            ),
            observer=self.events.append,
            failed_rounds=3,
            anchors=8,
            ahead=self._ahead,
        )

    async def _fetch(self, request: PageRequest, deadline: Deadline) -> Page:
        self.asked.append(request.token)
        return await self._upstream(request, deadline)

    def _ahead(self, request: PageRequest) -> None:
        self.wished.append(request.token)
        self.cached.read_ahead(request)

    async def page(self, cursor: str | None = None, limit: int = SIZE, **options: Any) -> ListingPage:
        """A page; what it had read ahead is there when it returns."""
        found = await self._listing.page(
            tenant=TENANT,
            query=ListQuery(None),
            cursor=cursor,
            options=PageOptions(limit, **options),
            deadline=Deadline.after(10, self.clock),
            request_id="r1",
        )
        while behind := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(behind)
        return found

    async def walk(self, limits: Iterable[int] = (SIZE,)) -> list[str]:
        ids, cursor = [], None
        for limit in cycle(limits):
            found = await self.page(cursor, limit)
            ids += [item["native_id"] for item in found.items]
            cursor = found.next_cursor
            if cursor is None:
                break
        await self.cached.aclose()
        return ids

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(event.outcome for event in self.events if isinstance(event, PageReadAhead))


def reader(style: Style, length: int, *, pagination: Mapping[str, Any] | None = None, **options: Any) -> Reader:
    listed = SimulatedList.of(style, stores("i", length))
    return Reader(listed, provider(style, "list", page_size=SIZE, **(pagination or {})), **options)


@st.composite
def declared(draw: st.DrawFn) -> tuple[Style, dict[str, Any]]:
    style = draw(st.sampled_from(STYLES))
    pagination = dict(draw(st.sampled_from(ends(style))))
    if style == "page":
        pagination["reread"] = draw(st.booleans())
    if style in {"offset", "last_item"}:
        pagination["overlap"] = draw(st.integers(0, 1))
    return style, pagination


@settings(deadline=None, derandomize=True, max_examples=80)
@given(declared(), st.integers(0, 30), st.lists(st.integers(1, 12), min_size=1, max_size=3))
def test_a_walk_makes_the_same_calls_whether_it_is_read_ahead_or_not(
    of: tuple[Style, dict[str, Any]], length: int, limits: list[int]
) -> None:
    style, pagination = of
    with asyncio.Runner() as runner:
        readers = [reader(style, length, pagination=pagination, ahead=ahead) for ahead in (False, True)]
        plain, ahead = [runner.run(one.walk(limits)) for one in readers]
    assert ahead == plain
    assert Counter(readers[1].asked) == Counter(readers[0].asked)
    assert set(readers[1].outcomes) <= {"used"}


@pytest.mark.parametrize("style", ["offset", "token", "last_item", "link_body", "link_header"])
async def test_a_walk_finds_every_page_but_the_first_two_in_the_cache(style: Style) -> None:
    one, new = reader(style, 40), SIZE - OVERLAP.get(style, 0)
    await one.walk([new])
    assert len(one.asked) == -(-(40 - SIZE) // new) + 1
    assert one.outcomes == {"used": len(one.asked) - 2}


async def test_the_first_page_of_a_walk_reads_nothing_ahead() -> None:
    one = reader("token", 40)
    await one.page()
    assert not one.wished


async def test_the_next_page_is_read_once_the_one_in_hand_would_be_used_up_by_as_much_again() -> None:
    one = reader("token", 40)
    cursor, wished = None, []
    for _ in range(4):
        found = await one.page(cursor, 1)
        cursor = found.next_cursor
        wished.append(len(one.wished))
    assert wished == [0, 0, 1, 2]  # with one item left, and with none; the second finds it in the cache
    assert len(one.asked) == 2


@pytest.mark.parametrize(
    "of",
    [
        ("page", {}),
        ("offset", {"end": {"rule": "empty_page"}}),
        ("token", {"single_use": True}),
        ("link_body", {"single_use": True}),
        ("link_header", {"single_use": True}),
        ("single", {}),
    ],
    ids=["pages side by side", "may have ended", "token works once", "link works once", "other link", "one page"],
)
async def test_nothing_is_read_ahead_where_the_walk_might_not_take_it(of: tuple[Style, dict[str, Any]]) -> None:
    style, pagination = of
    one = reader(style, 40, pagination={**pagination, **({"total": False} if style == "offset" else {})})
    await one.walk()
    assert not one.wished


async def test_a_stated_total_says_as_well_that_more_follows() -> None:
    one = reader("offset", 39, pagination={"end": {"rule": "empty_page"}})
    await one.walk()
    assert one.outcomes["used"] > 5
    assert all(isinstance(token, int) and token < 39 for token in one.wished)


async def test_a_request_that_takes_nothing_old_reads_nothing_ahead() -> None:
    one = reader("token", 40)
    cursor = (await one.page()).next_cursor
    for max_age in (0.0, 20.0):
        await one.page(cursor, max_age=max_age)
    assert not one.wished


async def test_a_list_that_has_moved_is_not_read_ahead() -> None:
    listed = SimulatedList.of("offset", stores("i", 40))
    one = Reader(listed, provider("offset", "list", page_size=SIZE))
    cursor = (await one.page()).next_cursor
    del listed.rows[0]
    one.clock.advance(1000)  # nothing of what is cached may be served any more
    await one.page(cursor)
    assert not one.wished


async def test_a_provider_that_fails_is_not_read_ahead() -> None:
    listed = SimulatedList.of("token", stores("i", 40))
    one = Reader(listed, provider("token", "list", page_size=SIZE))
    cursor = (await one.page()).next_cursor
    cursor = (await one.page(cursor, 1)).next_cursor
    listed.fault = lambda _: UpstreamError(FailureCode.SERVER_ERROR, "no")
    assert (await one.page(cursor, SIZE * 2)).parts[0].failure
    assert not one.wished


@pytest.mark.parametrize("windows", [Windows(0, 0, 0), Windows(0, 0, 600)], ids=["nothing", "for failures alone"])
async def test_nothing_is_fetched_ahead_where_it_could_not_be_served(windows: Windows) -> None:
    one = reader("token", 40, windows=windows)
    await one.walk()
    assert one.wished
    assert not one.outcomes


async def test_a_walk_that_stops_costs_one_page_at_most() -> None:
    one = reader("token", 400)
    cursor = (await one.page()).next_cursor
    await one.page(cursor)
    assert len(one.asked) == 3
