"""Traces by OpenTelemetry, sent to a collector as OTLP over HTTP. Imported only where they are configured.

- One span for each request but probes, one for each attempt at a provider; an attempt belongs to the request that began
  its flight, and the others that waited for it link to it.
- Spans wait in a queue that has an end and are sent by a thread of their own. What does not fit, or cannot be sent, is
  lost; no request waits for it.
- Nothing global of the library's is set or read, but for its environment variables about the sender and the resource.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from msgspec.structs import replace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanContext, SpanKind

from gateway import __version__
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import UpstreamError
from gateway.core.events import (
    Event,
    ItemsLost,
    Observer,
    PageServed,
    ProviderFailed,
    ProviderStale,
    RequestFinished,
    UpstreamCallFinished,
)
from gateway.provider.fetch import Fetch, PageRequest, ReadAhead
from gateway.provider.page import Page
from gateway.telemetry.observers import fan_out
from gateway.telemetry.options import TracingOptions
from gateway.telemetry.spans import (
    OWN,
    OpenSpan,
    Spans,
    active,
    carried_by,
    method_of,
    sent_by_client,
    tell_attempt,
    tell_failed,
    tell_loss,
    tell_page,
    tell_request,
    tell_stale,
)
from gateway.telemetry.tracing import App, Callee

#: spans that wait to be sent; beyond, the oldest are lost
QUEUE = 8192
#: spans in one message, and the longest that one waits for others, in seconds
BATCH, EVERY = 512, 1.0
#: seconds that sending a message may take, other attempts included
SEND_SECONDS = 5.0
#: seconds that the end waits for what is still to be sent
FLUSH_SECONDS = 2.0
#: pages of which the latest attempt is remembered, for those who waited for it
REMEMBERED = 1024

_HEARD: dict[type[Any], Callable[[Any], None]] = {
    RequestFinished: tell_request,
    PageServed: tell_page,
    ProviderFailed: tell_failed,
    ProviderStale: tell_stale,
    ItemsLost: tell_loss,
    UpstreamCallFinished: tell_attempt,
}


def exporter(endpoint: str) -> SpanExporter:
    """Sends to ``endpoint``. Neither proxies nor passwords are taken from the surroundings."""
    session = requests.Session()
    session.trust_env = False
    url = f"{endpoint.rstrip('/')}/v1/traces"
    return OTLPSpanExporter(url, timeout=SEND_SECONDS, compression=Compression.Gzip, session=session)


class OpenTelemetry:
    """A ``Tracing``. It runs a thread until it is closed. ``quiet``: paths that make no spans."""

    def __init__(
        self, options: TracingOptions, sender: SpanExporter, *, environment: str, quiet: frozenset[str], clock: Clock
    ) -> None:
        told = {"service.name": options.service, "service.version": __version__}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(options.sample)),
            resource=Resource.create({**told, "deployment.environment.name": environment}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                sender, max_queue_size=QUEUE, schedule_delay_millis=EVERY * 1000, max_export_batch_size=BATCH
            )
        )
        self._spans = Spans(self._provider.get_tracer("gateway", __version__), clock)
        self._latest = LatestAttempts(clock)
        self._quiet = quiet
        self._propagate = options.propagate
        self._clock = clock

    def observing(self, observer: Observer) -> Observer:
        """``observer``, who is told first, and this."""
        return fan_out(observer, _Hearing())

    def serving(self, app: App) -> App:
        async def served(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"] in self._quiet:
                await app(scope, receive, send)
                return
            method, parent = method_of(scope), sent_by_client(scope["headers"])
            told = {"http.request.method": method, "url.scheme": scope["scheme"]}
            name = "HTTP" if method == "_OTHER" else method
            with self._spans.opened(name, SpanKind.SERVER, parent, told):
                await app(scope, receive, send)

        return served

    def asking(self, fetch: Fetch) -> Fetch:
        async def asked(request: PageRequest, deadline: Deadline) -> Page:
            opened = active(SpanKind.SERVER)
            if opened is None:
                return await fetch(request, deadline)
            began = self._clock.monotonic()
            try:
                page = await fetch(replace(request, trace=opened.carried), deadline)
            except UpstreamError:
                self._latest.link(opened, request, began)
                raise
            if page.origin.collapsed:
                self._latest.link(opened, request, began)
            return page

        return asked

    def asking_ahead(self, ahead: ReadAhead) -> ReadAhead:
        def asked(request: PageRequest) -> None:
            opened = active(SpanKind.SERVER)
            ahead(replace(request, trace=opened.carried) if opened else request)

        return asked

    def attempting(self, callee: Callee) -> Callable[[Fetch], Fetch]:
        told = _place(callee)

        def watched(fetch: Fetch) -> Fetch:
            async def attempted(request: PageRequest, deadline: Deadline) -> Page:
                about = {**told, **_reasons(request)}
                with self._spans.opened("GET", SpanKind.CLIENT, carried_by(request.trace), about) as opened:
                    carried = opened.carried if self._propagate else ()
                    with self._latest.noted(opened, request):
                        return await fetch(replace(request, trace=carried), deadline)

            return attempted

        return watched

    async def aclose(self) -> None:
        """Send what is left; what cannot be sent in ``FLUSH_SECONDS`` is left to its thread, which nobody waits for."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(sent.set)

        threading.Thread(target=flush, name="traces", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await sent.wait()


class _Hearing:
    """The observer: puts into the active span what components tell."""

    def __call__(self, event: Event) -> None:
        if tell := self.handler_of(type(event)):
            tell(event)

    def handler_of(self, kind: type[Event]) -> Callable[[Any], None] | None:
        return _HEARD.get(kind)


@dataclass(slots=True)
class _Latest:
    """The latest attempt at a page, whose it is, and when it ended; None: it has not."""

    attempt: SpanContext
    trace: tuple[tuple[str, str], ...]
    ended: float | None = None


class LatestAttempts:
    """By page, so that who waited for another's attempt can name it. A page is one tenant's, and so are its links."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[str, _Latest] = {}

    @contextmanager
    def noted(self, opened: OpenSpan, request: PageRequest) -> Iterator[None]:
        """Remember an attempt, for its time and a while."""
        if not opened.span.is_recording():
            yield
            return
        key = request.key()
        self._found.pop(key, None)  # to the end: the oldest stands first
        latest = self._found[key] = _Latest(opened.context, request.trace)
        if len(self._found) > REMEMBERED:
            del self._found[next(iter(self._found))]
        try:
            yield
        finally:
            latest.ended = self._clock.monotonic()

    def link(self, opened: OpenSpan, request: PageRequest, began: float) -> None:
        """Where the latest attempt at that page is another request's and was under way at ``began`` or later."""
        if not opened.span.is_recording():
            return
        latest = self._found.get(request.key())
        if latest and latest.trace != opened.carried and (latest.ended is None or latest.ended >= began):
            opened.span.add_link(latest.attempt, {f"{OWN}.provider": request.provider.name})


def _place(callee: Callee) -> dict[str, str | int]:
    url = urlsplit(callee.base_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    return {
        "http.request.method": "GET",
        "server.address": url.hostname or "",
        "server.port": port,
        "url.scheme": url.scheme,
        "url.template": url.path.rstrip("/") + callee.path,
        f"{OWN}.provider": callee.name,
    }


def _reasons(request: PageRequest) -> dict[str, str | int | bool]:
    """Why this attempt is made."""
    told: dict[str, str | int | bool] = {
        f"{OWN}.tenant": request.tenant,
        f"{OWN}.cache": request.cause,
        f"{OWN}.conditional": request.known is not None,
    }
    if request.resent:
        told["http.request.resend_count"] = request.resent
    return told
