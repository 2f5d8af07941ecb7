"""A bound on the calls to one provider that are under way at once, so that a slow one cannot take all there is."""

import asyncio

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page

#: the longest wait for a place, in seconds
LONGEST_WAIT = 1.0


class Bulkhead:
    """A ``Fetch`` that lets at most ``limit`` calls through at once; places are given in the order they were asked for.

    Raises ``UpstreamError`` (``saturated``) where no place comes free in time.
    """

    def __init__(self, fetch: Fetch, *, limit: int) -> None:
        self._fetch = fetch
        self._places = asyncio.Semaphore(limit)

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        await self._enter(deadline)
        try:
            return await self._fetch(request, deadline)
        finally:
            self._places.release()

    async def _enter(self, deadline: Deadline) -> None:
        if not self._places.locked():
            await self._places.acquire()  # does not wait, and costs no timer
            return
        try:
            async with asyncio.timeout(min(LONGEST_WAIT, deadline.remaining())):
                await self._places.acquire()
        except TimeoutError:
            raise UpstreamError(FailureCode.SATURATED, "too many calls are under way already") from None
