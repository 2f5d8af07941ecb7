"""A provider at a scripted server, and the fetches that call it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from aiohttp.client_proto import ResponseHandler

from gateway.core.deadline import Deadline
from gateway.core.errors import UpstreamError
from gateway.core.events import Event, UpstreamCallFinished, UpstreamCallStarted
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from gateway.upstream.guarded import guarded_fetch
from gateway.upstream.http import HttpFetch
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.retry import Sleep
from gateway.upstream.transport import AiohttpTransport, open_transport
from tests.support.clock import ManualClock

SPEC: dict[str, Any] = {
    "title": "Test",
    "path": "/v1/orgs/{org}/stores",
    "auth": {"type": "headers", "headers": {"X-Api-Key": "key"}},
    "pagination": {
        "style": "offset",
        "offset": "skip",
        "limit": "limit",
        "page_size": 10,
        "end": {"rule": "flag", "has_more": "has_more"},
    },
    "response": {"items": "data", "total": "total"},
    "item": {"kind": "store", "id": "id"},
}
KEY = "CANARY-key"


def a_provider(url: str = "http://127.0.0.1:1", *, key: str = KEY, **spec: Any) -> Provider:
    return Provider(
        name="test",
        spec=ProviderSpec.model_validate(SPEC | spec),
        base_url=url,
        params={"org": "a/b"},
        credentials={"key": key},
    )


def passing(clock: ManualClock) -> Sleep:
    """A sleep that moves the clock instead of waiting."""

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    return sleep


@dataclass(slots=True)
class Caller:
    """Asks for pages of one provider; ``events`` holds what the observer was told."""

    fetch: Fetch
    provider: Provider
    transport: AiohttpTransport
    clock: ManualClock
    events: list[Event] = field(default_factory=list)

    async def page(
        self,
        token: PageToken | None = None,
        *,
        request_id: str = "",
        known: Page | None = None,
        seconds: float = 30.0,
    ) -> Page:
        request = PageRequest("tenant", self.provider, token, request_id=request_id, known=known)
        return await self.fetch(request, Deadline.after(seconds, self.clock))

    async def failure(self, **asking: Any) -> UpstreamError:
        with pytest.raises(UpstreamError) as caught:
            await self.page(**asking)
        assert self.outcome() == caught.value.code
        return caught.value

    def outcome(self) -> str:
        """How the last attempt ended; every attempt was told twice."""
        finished = [event for event in self.events if isinstance(event, UpstreamCallFinished)]
        assert len(finished) == sum(isinstance(event, UpstreamCallStarted) for event in self.events)
        return finished[-1].outcome

    def in_use(self) -> int:
        """Connections that are neither idle nor closed."""
        return len(self.transport._connector._acquired)

    def idle(self) -> list[ResponseHandler]:
        """Connections that wait to be used again."""
        return [protocol for idle in self.transport._connector._conns.values() for protocol, _ in idle]


@asynccontextmanager
async def calling(
    url: str, *, guarded: bool = False, spec: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Caller]:
    """A caller through one attempt, or (``guarded``) through all that is around it."""
    chosen = UpstreamOptions.model_validate(options)
    transport = open_transport(chosen)
    assert isinstance(transport, AiohttpTransport)
    clock = ManualClock()
    events: list[Event] = []
    fetch: Fetch = HttpFetch(transport=transport, options=chosen, clock=clock, observer=events.append)
    if guarded:
        fetch = guarded_fetch(
            transport=transport,
            options=chosen,
            clock=clock,
            observer=events.append,
            random=Random(1),
            sleep=passing(clock),
        )
    caller = Caller(fetch, a_provider(url, **(spec or {})), transport, clock, events)
    try:
        yield caller
        assert caller.in_use() == 0
    finally:
        await transport.aclose()
