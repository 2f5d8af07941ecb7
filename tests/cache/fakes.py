"""Small working stand-ins: a clock that is set by hand, a provider that follows a script, a list of what happened."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.core.deadline import Deadline
from gateway.core.events import Event
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from gateway.provider.validator import Validator
from tests.support.loop import a_moment

NOW = 1_700_000_000.0
#: seconds: well over our time limits, so that a busy machine is no failure, and well under the library's 4 to 60
PROMPT = 3.0

E = TypeVar("E")

SPEC = ProviderSpec.model_validate(
    {
        "title": "A list",
        "path": "/list",
        "auth": {"type": "bearer"},
        "pagination": {
            "style": "offset",
            "offset": "skip",
            "limit": "limit",
            "page_size": 10,
            "end": {"rule": "empty_page"},
        },
        "response": {"items": "items"},
        "item": {"kind": "thing", "id": "id"},
    }
)


class ManualClock:
    """Both readings advance together, unless the wall clock is made to jump."""

    def __init__(self) -> None:
        self._now = NOW
        self._monotonic = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        self._now += seconds


class Events(list[Event]):
    """An observer that keeps what it is told."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self if isinstance(event, kind)]


def provider(*, name: str = "p", token: str = "secret-1") -> Provider:
    return Provider(name=name, spec=SPEC, base_url="http://p.test", params={}, credentials={"token": token})


def request(
    *,
    tenant: str = "a",
    token: PageToken | None = None,
    max_age: float | None = None,
    of: Provider | None = None,
) -> PageRequest:
    return PageRequest(tenant=tenant, provider=of or provider(), token=token, max_age=max_age)


def page(
    *ids: Any, fetched_at: float = NOW, token: PageToken | None = None, validator: Validator | None = None
) -> Page:
    items = [{"id": each} for each in ids]
    return Page(
        items=items, next=token, overlap=0, promised=False, total=None, fetched_at=fetched_at, validator=validator
    )


def ids(of: Page) -> list[Any]:
    return [item["id"] for item in of.items]


Step = Page | Exception | Callable[[PageRequest], Page]


@dataclass
class ScriptedFetch:
    """Gives the steps in turn, the last one again and again; each call first waits for ``gate`` to be open.

    A page without a time of its own is stamped with the clock's.
    """

    clock: ManualClock
    steps: list[Step]
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[tuple[PageRequest, Deadline]] = field(default_factory=list)
    cancelled: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        step = self.steps[min(len(self.calls), len(self.steps) - 1)]
        self.calls.append((request, deadline))
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Page) else step(request)


def stamped(clock: ManualClock, *ids: Any) -> Callable[[PageRequest], Page]:
    """A step that gives a page fetched at the time of the call."""
    return lambda _: page(*ids, fetched_at=clock.now())


class Pauses:
    """A way to sleep that passes time on the clock and hardly any elsewhere; without end while ``gate`` is closed."""

    def __init__(self, clock: ManualClock) -> None:
        self.taken: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await self.gate.wait()
        self._clock.advance(seconds)
        await a_moment()
