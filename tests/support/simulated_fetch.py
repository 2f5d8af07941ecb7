"""Simulated lists behind a ``Fetch``: they answer the query of the real call, and the real spec reads the reply."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec.structs import replace

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Origin, Page, PageToken
from gateway.provider.provider import Provider
from gateway.provider.reply import failure
from tests.support.clock import ManualClock
from tests.support.simulated import SimulatedList
from tests.support.simulated_answers import Drop, Hang, Query

_STALE = Origin(stale=True)


def query_of(url: str) -> Query:
    """The query as a server reads it."""
    return parse_qsl(url.partition("?")[2], keep_blank_values=True)


def read_page(upstream: SimulatedList, provider: Provider, token: PageToken | None, now: float) -> Page:
    """The page at ``token``, as ``provider`` reads it. Raises ``UpstreamError``, and what the list's fault raises."""
    reply = upstream.answer(query_of(provider.call(token).url))
    if problem := failure(reply.status, reply.headers, now):
        raise problem
    return provider.read(token, reply.body, reply.headers, now)


class SimulatedFetch:
    """A ``Fetch`` over lists, by the name of the provider. ``asked`` holds every call that was made."""

    def __init__(self, lists: Mapping[str, SimulatedList], clock: ManualClock) -> None:
        self.lists = lists
        self.clock = clock
        self.asked: list[tuple[str, PageToken | None]] = []

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        upstream = self.lists[request.provider.name]
        self.asked.append((request.provider.name, request.token))
        try:
            page = read_page(upstream, request.provider, request.token, self.clock.now())
        except Hang:
            raise UpstreamError(FailureCode.TIMEOUT, "no answer within the time allowed") from None
        except Drop:
            raise UpstreamError(FailureCode.UNREACHABLE, "closed before an answer", transient=True) from None
        return replace(page, origin=_STALE) if upstream.stale else page
