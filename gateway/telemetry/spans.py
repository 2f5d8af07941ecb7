"""Spans, and what is told in them: the names of OpenTelemetry's conventions for HTTP, and ``knowledge_gateway.*``.

https://opentelemetry.io/docs/specs/semconv/http/http-spans

Rules: as for log lines and metrics, no secret, cursor, query string or upstream text. So a client's path is told only
where it is one of ours (``http.route``), and of a call to a provider the template (``url.template``) and not the URL.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation import get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from gateway.core.clock import Clock
from gateway.core.events import (
    CLIENT_CLOSED_REQUEST,
    ItemsLost,
    PageServed,
    ProviderFailed,
    ProviderStale,
    RequestFinished,
    UpstreamCallFinished,
)
from gateway.telemetry.tracing import ACTIVE

OWN = "knowledge_gateway"
_WELL = frozenset({"ok", "not_modified"})
#: methods that may stand in a name; any other is whatever a client made up
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_W3C = TraceContextTextMapPropagator()

Carried = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class OpenSpan:
    """A span that has not ended."""

    span: Span
    kind: SpanKind
    _carried: Carried | None = None

    @property
    def carried(self) -> Carried:
        """The headers that make another span its child."""
        if self._carried is None:
            headers: dict[str, str] = {}
            _W3C.inject(headers, set_span_in_context(self.span))
            self._carried = tuple(headers.items())
        return self._carried

    @property
    def context(self) -> SpanContext:
        return self.span.get_span_context()

    @property
    def trace_id(self) -> str:
        return f"{self.context.trace_id:032x}"

    @property
    def span_id(self) -> str:
        return f"{self.context.span_id:016x}"


class Spans:
    """Opens spans. Their times are the clock's; how long one took is measured on its monotonic reading."""

    def __init__(self, tracer: Tracer, clock: Clock) -> None:
        self._tracer = tracer
        self._clock = clock

    @contextmanager
    def opened(self, name: str, kind: SpanKind, parent: Context, told: Attributes) -> Iterator[OpenSpan]:
        """A span that is ``ACTIVE`` in this task meanwhile."""
        started, began = self._clock.now(), self._clock.monotonic()
        span = self._tracer.start_span(name, parent, kind, told, start_time=_nanoseconds(started))
        former, opened = ACTIVE.get(), OpenSpan(span, kind)
        ACTIVE.set(opened)
        try:
            yield opened
        finally:
            ACTIVE.set(former)  # not by its token: a task that is given up is closed in the context of another
            span.end(_nanoseconds(started + self._clock.monotonic() - began))


def active(kind: SpanKind) -> OpenSpan | None:
    """The span of this kind that what happens now belongs to."""
    found = ACTIVE.get()
    return found if isinstance(found, OpenSpan) and found.kind is kind else None


def _recording(kind: SpanKind) -> Span | None:
    """The active span of this kind, where anything that is told it will be sent."""
    opened = active(kind)
    return opened.span if opened and opened.span.is_recording() else None


def sent_by_client(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """What a request says of its trace. Anything that is not as the standard wants it is as if it were not there."""
    carried: dict[str, list[str]] = {}
    for name, value in headers:
        if name in {b"traceparent", b"tracestate"}:
            carried.setdefault(name.decode(), []).append(value.decode("latin-1"))
    if len(carried.get("traceparent", ())) != 1:
        return Context()
    return _W3C.extract({name: ",".join(values) for name, values in carried.items()}, Context())


def carried_by(trace: Carried) -> Context:
    """The span, of this process, that a request for a page was made under."""
    parent = get_current_span(_W3C.extract(dict(trace), Context())).get_span_context()
    here = SpanContext(
        parent.trace_id, parent.span_id, is_remote=False, trace_flags=parent.trace_flags, trace_state=parent.trace_state
    )
    return set_span_in_context(NonRecordingSpan(here), Context()) if parent.is_valid else Context()


def method_of(scope: Mapping[str, Any]) -> str:
    """One of the methods that there are, or ``_OTHER``."""
    method: str = scope["method"]
    return method if method in _METHODS else "_OTHER"


def tell_request(event: RequestFinished) -> None:
    span = _recording(SpanKind.SERVER)
    if span is None:
        return
    method = event.method if event.method in _METHODS else "HTTP"
    if event.route != "other":
        span.update_name(f"{method} {event.route}")
        span.set_attribute("http.route", event.route)
    span.set_attributes({f"{OWN}.request_id": event.request_id, "http.response.body.size": event.size})
    if event.tenant is not None:
        span.set_attribute(f"{OWN}.tenant", event.tenant)
    if event.status != CLIENT_CLOSED_REQUEST:  # which was never sent
        span.set_attribute("http.response.status_code", event.status)
    _tell_problem(span, event)


def _tell_problem(span: Span, event: RequestFinished) -> None:
    if event.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))
    if event.status == CLIENT_CLOSED_REQUEST:
        span.set_attribute("error.type", "client_closed_request")
    elif event.status >= HTTPStatus.BAD_REQUEST:
        span.set_attribute("error.type", event.problem or str(event.status))


def tell_page(event: PageServed) -> None:
    if span := _recording(SpanKind.SERVER):
        told = {"completeness": event.completeness, "items": event.items, "source": event.source}
        span.set_attributes({f"{OWN}.page.{name}": value for name, value in told.items()})


def tell_failed(event: ProviderFailed) -> None:
    if span := _recording(SpanKind.SERVER):
        span.add_event("provider_failed", {f"{OWN}.provider": event.provider, "error.type": event.code})


def tell_stale(event: ProviderStale) -> None:
    if span := _recording(SpanKind.SERVER):
        span.add_event("provider_stale", {f"{OWN}.provider": event.provider})


def tell_loss(event: ItemsLost) -> None:
    if span := _recording(SpanKind.SERVER):
        span.add_event("items_lost", {f"{OWN}.provider": event.provider, f"{OWN}.reason": event.reason})


def tell_attempt(event: UpstreamCallFinished) -> None:
    span = _recording(SpanKind.CLIENT)
    if span is None:
        return
    span.set_attributes({f"{OWN}.outcome": event.outcome, "http.response.body.size": event.size})
    if event.status is not None:
        span.set_attribute("http.response.status_code", event.status)
    if event.outcome in _WELL:
        return
    span.set_attribute("error.type", str(event.outcome))
    if event.outcome != "cancelled":  # we or the client ended it: it says nothing about the provider
        span.set_status(Status(StatusCode.ERROR))


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
