"""One attempt at one page over HTTP: a GET, bounded in time and bytes, that ends in a page or an ``UpstreamError``."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

import httpx
from msgspec.structs import replace

from gateway import __version__
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Observer, UpstreamCallFinished, UpstreamCallStarted
from gateway.core.limit import TimeLimit
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Origin, Page
from gateway.provider.reply import failure
from gateway.upstream.body import decode, drain, read_body
from gateway.upstream.failures import upstream_error
from gateway.upstream.options import UpstreamOptions

_WISHES = {"accept": "application/json", "user-agent": f"knowledge-store-gateway/{__version__}"}
#: what nobody asked for: other successes, and that nothing has changed
_UNASKED = {*range(201, 300), HTTPStatus.NOT_MODIFIED}
_NO_BODY = httpx.ByteStream(b"")

#: URLs without their queries: one for each provider, or each tenant where it is part of the path
_parsed = lru_cache(maxsize=1024)(httpx.URL)


class HttpFetch:
    """A ``Fetch`` that asks the network, once. Raises ``UpstreamError`` alone.

    The attempt ends at ``options.timeout`` or the deadline, whichever comes first. Every attempt is told to the
    observer twice: when it starts, and how it ended, also when it was cancelled.
    """

    def __init__(
        self, *, transport: httpx.AsyncBaseTransport, options: UpstreamOptions, clock: Clock, observer: Observer
    ) -> None:
        self._transport = transport
        self._options = options
        self._clock = clock
        self._observe = observer
        # not shared: a credential must not be kept for longer than the provider that has it
        self._standing = lru_cache(maxsize=256)(_standing)

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        seconds = min(self._options.timeout, deadline.remaining())
        if seconds <= 0:
            raise UpstreamError(FailureCode.TIMEOUT, "no time was left for the call")
        self._observe(UpstreamCallStarted(request.provider.name))
        attempt = _Attempt(self._clock.monotonic())
        try:
            with TimeLimit(seconds):
                page = await self._page(request, attempt)
            attempt.outcome = "ok" if attempt.status == HTTPStatus.OK else "not_modified"
        except Exception as error:  # noqa: BLE001 - every one of them is this provider failing
            raise attempt.failed(error) from None
        else:
            return page
        finally:
            self._observe(attempt.finished(request.provider.name, self._clock.monotonic()))

    async def _page(self, request: PageRequest, attempt: "_Attempt") -> Page:
        response = await self._transport.handle_async_request(self._outgoing(request))
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # httpx's type allows for a synchronous one
        try:
            attempt.status = response.status_code
            if response.status_code != HTTPStatus.OK:
                await drain(stream)
                return _unchanged(request, response, self._clock.now())
            raw = await read_body(stream, self._options.max_body)
        finally:
            await stream.aclose()
        attempt.size = len(raw)
        # joined once: httpx goes through all of them for each that is asked for
        headers = dict(response.headers.items())
        body = await decode(raw, headers.get("content-encoding", ""), self._options.max_decoded_body)
        return request.provider.read(request.token, body, headers, fetched_at=self._clock.now())

    def _outgoing(self, request: PageRequest) -> httpx.Request:
        """The request as it is sent; the query goes past ``httpx.URL`` in httpx's ``target`` extension.

        Parsing it took a fifth of the whole call.
        """
        call = request.provider.call(request.token)
        place, _, query = call.url.partition("?")
        url = _parsed(place)
        target = b"%b?%b" % (url.raw_path, query.encode("ascii"))
        sent = httpx.Request(
            "GET", url, headers=self._standing(call.headers), stream=_NO_BODY, extensions={"target": target}
        )
        for name, value in _own(request):
            sent.headers[name] = value
        return sent


@dataclass(slots=True)
class _Attempt:
    """What is known of one attempt so far."""

    began: float
    outcome: str = "cancelled"
    status: int | None = None
    size: int = 0

    def failed(self, error: Exception) -> UpstreamError:
        """What ``error`` means. A frame that it goes through must not hold it: it would hold all of them."""
        problem = upstream_error(error)
        self.outcome = problem.code
        return problem

    def finished(self, provider: str, now: float) -> UpstreamCallFinished:
        return UpstreamCallFinished(provider, self.outcome, self.status, now - self.began, self.size)


def _standing(given: tuple[tuple[str, str], ...]) -> httpx.Headers:
    """The headers of every call: a provider may say what it accepts and who calls, but not what we can decode."""
    headers = _WISHES | {name.lower(): value for name, value in given}
    return httpx.Headers({**headers, "accept-encoding": "gzip"})


def _own(request: PageRequest) -> list[tuple[str, str]]:
    """The headers of this call alone."""
    headers: list[tuple[str, str]] = []
    if request.known and request.known.validator:
        headers.append((request.known.validator.condition, request.known.validator.value))
    if request.request_id:
        headers.append(("x-request-id", request.request_id))
    return [*headers, *request.trace]


def _unchanged(request: PageRequest, response: httpx.Response, now: float) -> Page:
    """The page that is known, where the answer says that it is so still; else raises why there is none."""
    known = request.known
    asked = known.validator if known and response.status_code == HTTPStatus.NOT_MODIFIED else None
    if known is None or asked is None:
        raise _problem(response, now)
    if not asked.confirmed(response.headers):
        # without a condition it may well answer: some servers name a state differently in the two
        raise UpstreamError(
            FailureCode.MALFORMED, "a 304 for another state of the page", status=response.status_code, transient=True
        )
    return replace(known, fetched_at=now, origin=Origin(status=response.status_code))


def _problem(response: httpx.Response, now: float) -> UpstreamError:
    """Why an answer other than a 200 holds no page."""
    status = response.status_code
    problem = None if status in _UNASKED else failure(status, response.headers, now)
    return problem or UpstreamError(
        FailureCode.MALFORMED, f"answered with status {status} instead of a page", status=status
    )
