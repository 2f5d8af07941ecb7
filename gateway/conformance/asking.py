"""The calls of a probe: made as the gateway makes its own, with the same client, limits and retries, and counted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import orjson

from gateway.config.settings import Access
from gateway.conformance.sample import Ask, Sample
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import UpstreamError
from gateway.core.events import Event, UpstreamCallStarted
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page, PageToken
from gateway.provider.paths import MISSING
from gateway.provider.provider import Provider
from gateway.upstream.guarded import guarded_fetch
from gateway.upstream.options import BreakerOptions
from gateway.upstream.transport import open_transport


class Overheard(Provider):
    """A provider that keeps the answer behind the page it has read: a page alone does not say what else was there."""

    value: Any = MISSING
    headers: Mapping[str, str] = {}

    def read(self, token: PageToken | None, body: bytes, headers: Mapping[str, str], fetched_at: float) -> Page:
        self.headers = {name.lower(): value for name, value in headers.items()}
        try:
            self.value = orjson.loads(body)
        except orjson.JSONDecodeError:
            self.value = MISSING
        return super().read(token, body, headers, fetched_at)


class Calls:
    """How many calls were made, each attempt counted."""

    count = 0

    def __call__(self, event: Event) -> None:
        self.count += isinstance(event, UpstreamCallStarted)


class Asker:
    """Makes one call after the other. Never raises for what an upstream does: that is what the sample says."""

    def __init__(self, *, access: Access, fetch: Fetch, calls: Calls, clock: Clock) -> None:
        self._access = access
        self._fetch = fetch
        self._clock = clock
        self._calls = calls

    @property
    def calls(self) -> int:
        return self._calls.count

    async def __call__(self, ask: Ask) -> Sample:
        provider = self._provider(ask)
        upstream = self._access.settings.upstream
        # all attempts together; the pause between two of them is never longer than an attempt may take
        deadline = Deadline.after(2 * upstream.attempts * upstream.timeout, self._clock)
        page, failure = None, None
        try:
            page = await self._fetch(PageRequest("", provider, ask.token, max_age=0), deadline)
        except UpstreamError as error:
            failure = error
        return Sample(ask, provider.value, provider.headers, page, failure)

    def _provider(self, ask: Ask) -> Overheard:
        access = self._access
        return Overheard(
            name=access.settings.name,
            spec=ask.spec,
            base_url=access.settings.base_url,
            params=access.params,
            credentials=access.credentials,
            page_size=ask.size,
            headers=access.headers,
        )


@asynccontextmanager
async def open_asker(access: Access, clock: Clock) -> AsyncIterator[Asker]:
    """An asker with a connection pool of its own."""
    calls = Calls()
    # what fails is what is being asked about
    options = access.settings.upstream.model_copy(update={"breaker": BreakerOptions(enabled=False)})
    transport = open_transport(options)
    fetch = guarded_fetch(
        transport=transport,
        options=options,
        clock=clock,
        observer=calls,
        random=Random(),  # noqa: S311  # jitter, no secret
        sleep=asyncio.sleep,
    )
    try:
        yield Asker(access=access, fetch=fetch, calls=calls, clock=clock)
    finally:
        await transport.aclose()
