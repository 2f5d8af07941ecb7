"""The outermost layer: one request in, one answer out, one access event, whatever happens in between.

Pure ASGI: a middleware that runs the application in a task of its own would lose its context and its cancellation.
"""

import re
from collections.abc import Mapping, Sequence
from random import randbytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.disconnect import ClientDisconnected
from gateway.api.exchange import Exchange
from gateway.api.problems import HttpError, problem, slug_of
from gateway.api.responses import send_answer
from gateway.core.clock import Clock
from gateway.core.errors import GatewayError
from gateway.core.events import Observer, RequestCrashed, RequestFinished, RequestStarted

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
#: the size that is counted from where there are more headers than that: the first one is too much then
_TOO_MANY = MAX_HEADER_BYTES
#: probes and scrapes: neither logged nor counted
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

_TOO_LARGE = f"Send at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes in all."
_STARTED = RequestStarted()
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Edge:
    """``routes`` are the paths that exist, to the letter: any other is not found, and counted as one.

    ``front`` are the applications that are asked all the time, by path, and note in the exchange what they answer;
    ``app`` answers the rest.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        front: Mapping[str, ASGIApp],
        base_path: str,
        routes: frozenset[str],
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._app = app
        self._front = front
        self._base_path = base_path
        self._routes = routes
        self._clock = clock
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, size = _joined(scope["headers"])
        exchange = scope["exchange"] = Exchange(_request_id(headers), self._clock.monotonic(), headers, size)
        path = scope["path"] = self._path(scope["path"]) if self._base_path else scope["path"]
        quiet = path in QUIET
        if not quiet:
            self._observer(_STARTED)
        try:
            _check_size(size)
            front = self._front.get(path)
            if front is not None:
                await front(scope, receive, send)
            else:
                self._check_path(path)
                scope["root_path"] = ""  # the path is without the prefix already
                await self._app(scope, receive, _watched(send, exchange))
        except ClientDisconnected:
            pass
        except Exception as error:  # noqa: BLE001  # the last resort: the client still gets an answer
            await self._fail(scope, send, error)
        finally:
            if not quiet:
                self._observer(self._finished(scope, exchange))

    def _path(self, path: str) -> str:
        """The path without the prefix under which an ingress shows the gateway; probes come without it."""
        below = path.removeprefix(self._base_path)
        return below if below.startswith("/") else path

    async def _fail(self, scope: Scope, send: Send, error: Exception) -> None:
        """Answer with the problem that ``error`` is; one that nobody meant to raise is told as well."""
        exchange: Exchange = scope["exchange"]
        if not isinstance(error, GatewayError | HttpError):
            self._observer(RequestCrashed(exchange.request_id, error))
        exchange.problem = slug_of(error)
        if not exchange.answered:
            await send_answer(scope, send, problem(error))

    def _check_path(self, path: str) -> None:
        """Asked here, because a router's pattern takes a path with a newline behind it as well."""
        if path not in self._routes:
            raise HttpError("not-found", f"There is nothing but {', '.join(sorted(self._routes))}.")

    def _finished(self, scope: Scope, exchange: Exchange) -> RequestFinished:
        path, client = scope["path"], scope.get("client")
        return RequestFinished(
            scope["method"],
            path if path in self._routes else "other",
            exchange.status,
            self._clock.monotonic() - exchange.began,
            exchange.size,
            exchange.request_id,
            client[0] if client else "",
            exchange.tenant,
            exchange.problem,
        )


def _watched(send: Send, exchange: Exchange) -> Send:
    """``send`` that notes what was answered, for applications that may not tell."""

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status, exchange.answered, exchange.size = message["status"], True, 0
        else:
            exchange.size += len(message.get("body", b""))
        await send(message)

    return watched


def _joined(lines: Sequence[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], int]:
    """The headers by name, and the bytes of all of them; none of too many, which joining would take too long for."""
    headers: dict[bytes, bytes] = {}
    size = 0 if len(lines) <= MAX_HEADERS else _TOO_MANY
    for name, value in lines:
        size += len(name) + len(value)
        if size > MAX_HEADER_BYTES:
            return {}, size
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers, size


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    """The client's own where it is harmless, else a new one."""
    sent = headers.get(b"x-request-id")
    if sent is not None and _REQUEST_ID.fullmatch(sent):
        return sent.decode("ascii")
    return randbytes(16).hex()  # noqa: S311  # a name, no secret


def _check_size(size: int) -> None:
    if size > MAX_HEADER_BYTES:
        raise HttpError("header-fields-too-large", _TOO_LARGE)
