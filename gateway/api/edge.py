"""The outermost layer: one request in, one answer out, one access event, whatever happens in between.

Pure ASGI: a middleware that runs the application in a task of its own would lose its context and its cancellation.
"""

import re
import uuid
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.disconnect import ClientDisconnected
from gateway.api.problems import HttpError, problem, slug_of
from gateway.api.responses import header, send_answer
from gateway.core.clock import Clock
from gateway.core.errors import GatewayError
from gateway.core.events import Observer, RequestCrashed, RequestFinished, RequestStarted

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
CLIENT_CLOSED_REQUEST = 499
#: probes and scrapes: neither logged nor counted
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Exchange:
    """What becomes known about one request while it is served."""

    request_id: str
    began: float
    tenant: str | None = None
    status: int = CLIENT_CLOSED_REQUEST
    size: int = 0
    problem: str | None = None
    answered: bool = False


class Edge:
    """``routes`` are the paths that exist, to the letter: any other is not found, and counted as one."""

    def __init__(
        self, app: ASGIApp, *, base_path: str, routes: frozenset[str], clock: Clock, observer: Observer
    ) -> None:
        self._app = app
        self._base_path = base_path
        self._routes = routes
        self._clock = clock
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = self._path(scope["path"])
        exchange = Exchange(_request_id(scope), self._clock.monotonic())
        scope = {**scope, "path": path, "root_path": "", "exchange": exchange}
        if path in QUIET:
            await self._serve(scope, receive, _watched(send, exchange))
            return
        self._observer(RequestStarted())
        try:
            await self._serve(scope, receive, _watched(send, exchange))
        finally:
            self._observer(self._finished(scope, exchange))

    def _path(self, path: str) -> str:
        """The path without the prefix under which an ingress shows the gateway; probes come without it."""
        below = path.removeprefix(self._base_path)
        return below if below.startswith("/") else path

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        try:
            _check_headers(scope)
            self._check_path(scope["path"])
            await self._app(scope, receive, send)
        except ClientDisconnected:
            return
        except (GatewayError, HttpError) as error:
            exchange.problem = slug_of(error)
            await send_answer(scope, send, problem(error))
        except Exception as error:  # noqa: BLE001  # the last resort: the client still gets an answer
            self._observer(RequestCrashed(exchange.request_id, error))
            exchange.problem = slug_of(error)
            if not exchange.answered:
                await send_answer(scope, send, problem(error))

    def _check_path(self, path: str) -> None:
        """Asked here, because a router's pattern takes a path with a newline behind it as well."""
        if path not in self._routes:
            raise HttpError("not-found", f"There is nothing but {', '.join(sorted(self._routes))}.")

    def _finished(self, scope: Scope, exchange: Exchange) -> RequestFinished:
        client = scope.get("client")
        return RequestFinished(
            method=scope["method"],
            route=scope["path"] if scope["path"] in self._routes else "other",
            status=exchange.status,
            seconds=self._clock.monotonic() - exchange.began,
            size=exchange.size,
            request_id=exchange.request_id,
            client=client[0] if client else "",
            tenant=exchange.tenant,
            problem=exchange.problem,
        )


def _watched(send: Send, exchange: Exchange) -> Send:
    """``send`` that adds the request id and notes what was answered."""

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            exchange.answered = True
            message["headers"] = [*message["headers"], (b"x-request-id", exchange.request_id.encode())]
        else:
            exchange.size += len(message.get("body", b""))
        await send(message)

    return watched


def _request_id(scope: Scope) -> str:
    """The client's own where it is harmless, else a new one."""
    sent = header(scope, b"x-request-id")
    return sent if sent and _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


def _check_headers(scope: Scope) -> None:
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        detail = f"Send at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes in all."
        raise HttpError("header-fields-too-large", detail)
