"""Where a trace has its seams in the gateway, and what stands there when none is made: nothing.

::

    Edge ---- asking: the request says in ``PageRequest.trace`` whose it is --> Cached --> ... --> attempting --> HTTP
    serving                                                                                         CLIENT span
    SERVER span

A flight is a task that belongs to nobody and sees nobody's context, so a trace goes down with the request for a page,
as the headers it has on the wire (https://www.w3.org/TR/trace-context). Within a task ``ACTIVE`` is the span that what
happens belongs to; nothing but spans and log lines depends on it.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from gateway.core.events import Observer
from gateway.provider.fetch import Fetch, ReadAhead

Message = MutableMapping[str, Any]
#: an ASGI application
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Active(Protocol):
    """The ids of a span, in hexadecimal digits."""

    @property
    def trace_id(self) -> str: ...

    @property
    def span_id(self) -> str: ...


ACTIVE: ContextVar[Active | None] = ContextVar("active_span", default=None)


@dataclass(frozen=True, slots=True)
class Callee:
    """A provider as spans name it. ``path`` is the template: what stands for its placeholders is not told."""

    name: str
    base_url: str
    path: str


class Tracing(Protocol):
    """Each takes what stands at a seam and gives what is to stand there instead."""

    def observing(self, observer: Observer) -> Observer: ...

    def serving(self, app: App) -> App: ...

    def asking(self, fetch: Fetch) -> Fetch: ...

    def asking_ahead(self, ahead: ReadAhead) -> ReadAhead: ...

    def attempting(self, callee: Callee) -> Callable[[Fetch], Fetch]: ...


class Untraced:
    """Each seam stays as it is."""

    def observing(self, observer: Observer) -> Observer:
        return observer

    def serving(self, app: App) -> App:
        return app

    def asking(self, fetch: Fetch) -> Fetch:
        return fetch

    def asking_ahead(self, ahead: ReadAhead) -> ReadAhead:
        return ahead

    def attempting(self, callee: Callee) -> Callable[[Fetch], Fetch]:
        del callee
        return lambda fetch: fetch


def is_installed() -> bool:
    """Whether the extra ``otel`` is there."""
    try:
        return all(map(find_spec, ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")))
    except ModuleNotFoundError:
        return False
