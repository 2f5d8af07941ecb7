"""A ``Fetch`` that fails and answers as a test scripted, and what is needed to ask it."""

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from tests.upstream.calling import a_provider

REQUEST = PageRequest("tenant", a_provider(), None)
PAGE = Page(items=[], next=None, overlap=0, promised=False, total=None, fetched_at=0.0)


class Scripted:
    """Gives one outcome after another, then the page."""

    def __init__(self, *outcomes: Exception) -> None:
        self._outcomes = list(outcomes)
        self.calls = 0

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        self.calls += 1
        if self._outcomes:
            raise self._outcomes.pop(0)
        return PAGE


def broken(
    code: FailureCode = FailureCode.UNREACHABLE, *, transient: bool = True, retry_after: float | None = None
) -> UpstreamError:
    return UpstreamError(code, "scripted", transient=transient, retry_after=retry_after)
