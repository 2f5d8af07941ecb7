"""The engine over simulated lists of every style: how a walk is made while things happen, and what must hold of it."""

from asyncio import sleep
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, get_args

from gateway.cache.cached import Cached
from gateway.cache.freshness import Windows
from gateway.cache.memory import MemoryStore
from gateway.core.deadline import Deadline
from gateway.core.events import Event
from gateway.core.query import ListQuery, PageOptions
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec
from gateway.listing.issue import CursorIssuer
from gateway.listing.listing import Listing
from gateway.listing.outcome import NothingDelivered, WalkFailed
from gateway.listing.report import ListingPage
from gateway.listing.search import MAX_SEARCHED
from gateway.provider.fetch import Fetch
from gateway.provider.page import PageToken
from gateway.provider.provider import Provider
from tests.support.clock import ManualClock
from tests.support.lists import PageCache
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ends, provider
from tests.support.walking import FAILED_ROUNDS, KEY, Endless, Walk

#: none; one that keeps everything for good; the real one with time standing still, and with every page past fresh
CacheMode = Literal["off", "kept", "fresh", "renewed"]
CACHES: tuple[CacheMode, ...] = get_args(CacheMode)
WINDOWS = Windows(fresh=30, revalidate=30, if_error=600)
#: seconds that pass after each page, by the cache
TICK: Mapping[CacheMode, float] = {"off": 0, "kept": 0, "fresh": 0, "renewed": 40}

#: every style with each of its rules for the end, and those by which a page may have any length
RULES = [(style, change) for style in STYLES for change in ends(style)]
PAGED = [(style, change) for style, change in RULES if style != "single"]
ANY_LENGTH = [(style, change) for style, change in PAGED if change.get("end", {}).get("rule") != "short_page"]
LED: tuple[Style, ...] = ("token", "link_body", "link_header")
COUNTED: tuple[Style, ...] = ("offset", "page")
PAGED_STYLES = [style for style in STYLES if style != "single"]

#: pages that one request may read for a search, and a little more for what it had begun with
SEARCH = MAX_SEARCHED + 5

Happening = Callable[[int], None]


def nothing_happens(_: int) -> None:
    return None


class Upstream(Fetch, Protocol):
    """``asked`` holds every call that was made, by the name of the provider."""

    @property
    def asked(self) -> Sequence[tuple[str, PageToken | None]]: ...


class Engine:
    """The engine over upstreams in memory; all providers are the tenant's."""

    def __init__(
        self, upstreams: Upstream, providers: Mapping[str, Provider], clock: ManualClock, cache: CacheMode
    ) -> None:
        self.upstreams = upstreams
        self.providers = dict(providers)
        self.clock = clock
        self.tenant = Tenant("acme", tuple(sorted(providers)))
        self.events: list[Event] = []
        self.tick = TICK[cache]
        self.fetch = self._cached(cache)
        self.listing = self._listing()

    def _cached(self, cache: CacheMode) -> Fetch:
        match cache:
            case "off":
                return self.upstreams
            case "kept":
                return PageCache(self.upstreams)
            case "fresh" | "renewed":
                return Cached(
                    inner=self.upstreams,
                    memory=MemoryStore(64 * 1024**2),
                    redis=None,
                    windows=lambda _: WINDOWS,
                    clock=self.clock,
                    observe=self.events.append,
                )

    def _listing(self) -> Listing:
        codec = CursorCodec(keys=[KEY], environment="test", route="/v1/knowledge-stores")
        return Listing(
            find=lambda tenant, name: self.providers.get(name) if name in tenant.providers else None,
            fetch=self.fetch,
            issuer=CursorIssuer(codec=codec, tickets=None, clock=self.clock, max_age=86_400),
            observer=self.events.append,
            failed_rounds=FAILED_ROUNDS,
            anchors=8,
        )

    @property
    def calls(self) -> int:
        return len(self.upstreams.asked)

    async def page(self, cursor: str | None = None, limit: int = 20) -> ListingPage:
        return await self.listing.page(
            tenant=self.tenant,
            query=ListQuery(None),
            cursor=cursor,
            options=PageOptions(limit),
            deadline=Deadline.after(10, self.clock),
            request_id="r1",
        )

    async def walk(
        self,
        limit: int = 7,
        *,
        happens: Happening = nothing_happens,
        cursor: str | None = None,
        most: int = 400,
    ) -> Walk:
        """To the end, with ``happens`` told after each answer how many there were. Raises ``Endless``."""
        walk, answers = Walk(), 0
        while answers < most:
            answers += 1
            cursor, over = await self._next(walk, cursor, limit)
            if over:
                return walk
            happens(answers)
        raise Endless(most)

    async def _next(self, walk: Walk, cursor: str | None, limit: int) -> tuple[str | None, bool]:
        try:
            page = await self.page(cursor, limit)
        except NothingDelivered as nothing:
            walk.refused += 1
            return nothing.next_cursor, False
        except WalkFailed:
            walk.failed = True
            return None, True
        finally:
            await self._pass_time()
        walk.pages.append(page)
        return page.next_cursor, page.next_cursor is None

    async def _pass_time(self) -> None:
        """Some of it, and turns for what is renewed behind."""
        self.clock.advance(self.tick)
        for _ in range(12):
            await sleep(0)


class Simulation(NamedTuple):
    """One list, ``a``, and the engine over it."""

    upstream: SimulatedList
    engine: Engine

    @property
    def calls(self) -> int:
        return self.engine.calls

    async def walk(self, limit: int = 7, **options: Any) -> Walk:
        return await self.engine.walk(limit, **options)


def simulation(
    style: Style,
    count: int = 40,
    *,
    size: int = 10,
    cache: CacheMode = "off",
    declared: Mapping[str, Any] | None = None,
    **switches: Any,
) -> Simulation:
    """Over a list of ``count`` rows, with ids from ``a0`` on; ``declared`` is what its spec changes."""
    upstream = SimulatedList.of(style, stores("a", count), **switches)
    return Simulation(upstream, several({"a": upstream}, size=size, cache=cache, declared=declared))


def several(
    lists: Mapping[str, SimulatedList],
    *,
    size: int = 10,
    cache: CacheMode = "off",
    declared: Mapping[str, Any] | None = None,
) -> Engine:
    """The engine over lists by the names of their providers."""
    clock = ManualClock()
    providers = {
        name: provider(upstream.style, name, page_size=size, **(declared or {})) for name, upstream in lists.items()
    }
    return Engine(SimulatedFetch(lists, clock), providers, clock, cache)


def ids(*numbers: int) -> list[str]:
    """``ids(40)``: a0 to a39; ``ids(5, 8)``: a5 to a7."""
    return [f"a{number}" for number in range(*numbers)]


def error(walk: Walk, name: str = "a") -> str | None:
    """The code of a provider's failure on the last page."""
    (failure,) = [part.failure for part in walk.last.parts if part.place.provider == name]
    return failure.code.value if failure else None


def check_exact(walk: Walk, expected: Iterable[str], name: str = "a") -> None:
    """Everything came once, in its order, and the walk says that nothing is missing."""
    assert walk.of(name) == list(expected)
    assert (walk.lost(name), walk.last.complete, walk.refused, walk.failed) == (None, True, 0, False)


def check_named(walk: Walk, code: str, name: str = "a") -> None:
    """The walk ended because its provider was given up, and says why."""
    assert (walk.lost(name), error(walk, name), walk.last.complete, walk.failed) == ("abandoned", code, False, False)


def check_promise(walk: Walk, throughout: Iterable[str], name: str = "a") -> None:
    """What was there throughout came exactly once; or the walk says that it drifted, and none of it is missing."""
    assert not walk.failed
    came, lost, throughout = Counter(walk.of(name)), walk.lost(name), list(throughout)
    missing = [id_ for id_ in throughout if not came[id_]]
    assert (missing, lost) == ([], lost)
    if lost is None:
        assert [id_ for id_ in throughout if came[id_] > 1] == []
        assert (error(walk, name), walk.last.complete) == (None, True)
    else:
        assert lost in {"drifted", "token_expired"}, (lost, error(walk, name))
        assert not walk.last.complete


def check_bounded(made: Simulation | Engine, walk: Walk, rows: int, each: int, *, searches: int = 0) -> None:
    """No more than these calls for ``rows`` that come ``each`` a page.

    Every page is entered once, and with the page before it where that is read again; every request reads the page it
    stands in once more, and the one before, where nothing is cached; so three calls for each, and some at the end.
    """
    pages = -(-rows // max(1, each - 1))  # one item of each page may be an overlap
    answers = len(walk.pages) + walk.refused
    assert made.calls <= 3 * (pages + answers) + 6 + searches * SEARCH, (made.calls, pages, answers)


def rule_name(value: Any) -> str:
    """How a case is shown: by its style, and by its rule for the end."""
    return value.get("end", {"rule": "own"})["rule"] if isinstance(value, dict) else str(value)
