"""Two replicas over the same simulated lists: what a client can ask of them, and an operator do to them.

Here they are engines that share a process and a clock that is moved by hand; over HTTP they are in ``service``.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from gateway.cache.cached import Cached
from gateway.cache.freshness import Windows
from gateway.cache.memory import MemoryStore
from gateway.core.deadline import Deadline
from gateway.core.errors import CursorExpired, CursorInvalid, CursorMismatch
from gateway.core.events import ignore
from gateway.core.query import ListQuery, PageOptions
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.issue import CursorIssuer
from gateway.listing.listing import Listing
from gateway.listing.outcome import Incomplete, NothingDelivered, WalkFailed
from gateway.listing.report import body, report
from gateway.provider.fetch import Fetch, ReadAhead
from gateway.provider.page import Page
from gateway.provider.provider import Provider
from tests.laws.world import ANCHORS, Configuration
from tests.support.clock import ManualClock
from tests.support.loop import turns
from tests.support.simulated import SimulatedList
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.walking import FAILED_ROUNDS

Caching = Literal["off", "own", "shared"]
#: seconds
WINDOWS = Windows(fresh=30.0, revalidate=30.0, if_error=600.0)
SECONDS = 10.0
SECRETS = tuple(bytes(range(first, first + 64)) for first in range(8))
KEYS = tuple(map(CursorKey, SECRETS))


@dataclass(frozen=True)
class Answer:
    """``status`` as over HTTP; ``body`` of a page, or what a problem says; ``calls`` to each provider it took.

    ``renewed``: it was made of pages that are renewed behind it, so that newer ones make the next.
    """

    status: int
    body: Mapping[str, Any] = field(repr=False)
    calls: Mapping[str, int] = field(default_factory=dict)
    renewed: bool = False

    @property
    def next_cursor(self) -> str | None:
        found: str | None = self.body.get("next_cursor")
        return found

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.body.get("items", ())]

    @property
    def reports(self) -> dict[str, Mapping[str, Any]]:
        return {one["provider"]: one for one in self.body["providers"]}


class System(Protocol):
    """``attempts``: how often one page may be asked for where a list fails, the first time included."""

    attempts: int

    def close(self) -> None: ...

    def flush(self) -> None:
        """Forget every cached page, everywhere."""

    def advance(self, seconds: float) -> bool:
        """Let time pass; False where it cannot be made to."""
        ...

    def configure(self, replica: int, configuration: Configuration) -> None: ...

    def page(self, replica: int, cursor: str | None, limit: int, *, tenant: str = "acme") -> Answer: ...


class EngineSystem:
    """``caching``: none, one memory a replica, or one for both, as Redis would be."""

    attempts = 1

    def __init__(self, lists: Mapping[str, SimulatedList], configuration: Configuration, caching: Caching) -> None:
        self.lists = lists
        self.clock = ManualClock()
        self._caching = caching
        self._upstreams = SimulatedFetch(lists, self.clock)
        self._configurations = [configuration, configuration]
        self._providers: list[Mapping[str, Provider]] = [{}, {}]
        self._runner = asyncio.Runner()
        self._caches: list[Cached] = []
        self._fetches: list[Fetch] = []
        self._aheads: list[ReadAhead | None] = []
        for replica in (0, 1):
            self.configure(replica, configuration)
        self.flush()

    def close(self) -> None:
        for cached in self._caches:
            self._runner.run(cached.aclose())
        self._runner.close()

    def flush(self) -> None:
        """Forget every cached page, everywhere."""
        if self._caching == "off":
            self._fetches, self._aheads = [self._upstreams, self._upstreams], [None, None]
            return
        memory = MemoryStore[Page](64 * 1024**2)
        stores = [memory, memory if self._caching == "shared" else MemoryStore(64 * 1024**2)]
        self._caches += (made := [self._cached(store) for store in stores])
        self._fetches, self._aheads = [*made], [each.read_ahead for each in made]

    def _cached(self, memory: MemoryStore[Page]) -> Cached:
        return Cached(
            inner=self._upstreams,
            memory=memory,
            redis=None,
            windows=lambda _: WINDOWS,
            clock=self.clock,
            observe=ignore,
            read_ahead=4,
        )

    def advance(self, seconds: float) -> bool:
        self.clock.advance(seconds)
        return True

    def configure(self, replica: int, configuration: Configuration) -> None:
        self._configurations[replica] = configuration
        self._providers[replica] = {name: one.provider() for name, one in configuration.providers.items()}

    def page(
        self, replica: int, cursor: str | None, limit: int, *, strict: bool = False, tenant: str = "acme"
    ) -> Answer:
        before = {name: listed.calls for name, listed in self.lists.items()}
        answer = self._runner.run(self._page(replica, cursor, PageOptions(limit, strict=strict), tenant))
        calls = {name: one.calls - before[name] for name, one in self.lists.items()}
        self._runner.run(turns())  # what is read ahead arrives
        return replace(answer, calls=calls)

    async def _page(self, replica: int, cursor: str | None, options: PageOptions, tenant: str) -> Answer:
        providers = self._providers[replica]
        try:
            page = await self._listing(replica).page(
                tenant=Tenant(tenant, tuple(sorted(providers))),
                query=ListQuery(None),
                cursor=cursor,
                options=options,
                deadline=Deadline.after(SECONDS, self.clock),
                request_id="r1",
            )
        except NothingDelivered as nothing:
            return Answer(503, {"next_cursor": nothing.next_cursor, "providers": [*map(report, nothing.parts)]})
        except (WalkFailed, Incomplete) as failed:
            return Answer(502, {"providers": [*map(report, failed.parts)]})
        except (CursorInvalid, CursorMismatch):
            return Answer(400, {})
        except CursorExpired:
            return Answer(410, {})
        ages = [origin.age for part in page.parts for origin in part.origins]
        return Answer(200, body(page), renewed=max(ages, default=0) >= WINDOWS.fresh)

    def _listing(self, replica: int) -> Listing:
        configuration = self._configurations[replica]
        codec = CursorCodec(
            keys=[KEYS[key] for key in configuration.keys], environment="test", route="/v1/knowledge-stores"
        )
        return Listing(
            find=lambda _, name: self._providers[replica].get(name),
            fetch=self._fetches[replica],
            issuer=CursorIssuer(
                codec=codec, tickets=None, clock=self.clock, max_age=86_400, version=configuration.version
            ),
            observer=ignore,
            failed_rounds=FAILED_ROUNDS,
            anchors=ANCHORS,
            ahead=self._aheads[replica],
        )
