"""A collector of traces: takes OTLP over HTTP on a loopback port and keeps the spans."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.demo.server import Served

SERVER, CLIENT = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT


@dataclass
class Collector:
    url: str = ""
    spans: list[Span] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    received: bytes = b""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        body = gzip.decompress(await request.body())
        self.received += body
        message = ExportTraceServiceRequest.FromString(body)
        for group in message.resource_spans:
            self.resources.append(values(group.resource))
            self.spans += [span for scope in group.scope_spans for span in scope.spans]
        self._changed.set()
        return Response(b"", media_type="application/x-protobuf")

    def of(self, kind: "Span.SpanKind.ValueType") -> list[Span]:
        """In the order in which they began."""
        return sorted((span for span in self.spans if span.kind == kind), key=lambda span: span.start_time_unix_nano)

    async def until(self, count: int, kind: "Span.SpanKind.ValueType") -> None:
        """Wait for so many of them."""
        while len(self.of(kind)) < count:
            self._changed.clear()
            await self._changed.wait()

    def attempts(self, provider: str) -> list[Span]:
        return [span for span in self.of(CLIENT) if values(span)["knowledge_gateway.provider"] == provider]

    def config(self, **more: Any) -> str:
        """The ``tracing`` section that sends everything here."""
        given = {"endpoint": self.url, "sample": 1, **more}
        return "{" + ", ".join(f"{name}: {str(value).lower()}" for name, value in given.items()) + "}"


def values(of: Any) -> dict[str, Any]:
    """The attributes of a span, an event or a resource."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in of.attributes}


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    made = Collector()
    served = Served(Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])]))
    made.url = served.url
    await served.start()
    try:
        yield made
    finally:
        await served.close()
