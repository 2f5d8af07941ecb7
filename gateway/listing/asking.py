"""The pages of one provider for one request, and what asking for them has shown."""

from msgspec.structs import replace

from gateway.core.deadline import Deadline
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Origin, Page, PageToken


class Asking:
    """``request`` is that for the first page. ``total``: how many items the list says it has, as of the last page.

    ``origins`` of the pages that came; ``waited`` for all of them, in seconds. It stands by itself, for whoever arrives
    at a place and whoever goes on from there: were it part of one of the two, they would hold each other, and every
    page with them, until the garbage collector comes by.
    """

    def __init__(self, *, fetch: Fetch, request: PageRequest, deadline: Deadline, total: int | None) -> None:
        self.request = request
        self.origins: list[Origin] = []
        self.waited = 0.0
        self.total = total
        self._fetch = fetch
        self._deadline = deadline

    async def __call__(self, token: PageToken | None, *, fresh: bool = False) -> Page:
        """The page at a token (None: the first); ``fresh``: past the cache. Raises as ``Fetch`` does."""
        request = self.request
        if token is not None or fresh:
            request = replace(request, token=token, max_age=0.0 if fresh else request.max_age)
        clock = self._deadline.clock
        began = clock.monotonic()
        try:
            page = await self._fetch(request, self._deadline)
        finally:
            self.waited += clock.monotonic() - began
        self.origins.append(page.origin)
        if page.total is not None:
            self.total = page.total
        return page
