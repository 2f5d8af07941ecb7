"""Probes: whether this process can serve.

They never ask whether an upstream or Redis can: when those fail, taking every replica out of the load balancer would
only make it worse.
"""

from dataclasses import dataclass

import orjson
from starlette.types import Receive, Scope, Send

from gateway.api.negotiation import check_method
from gateway.api.responses import Answer, send_answer

_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


@dataclass(slots=True)
class Readiness:
    """Whether new requests are welcome: not before everything is open, and no more once it is being stopped."""

    ready: bool = False


class Health:
    """``/healthz``: the event loop turns."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        check_method(scope)
        await send_answer(scope, send, Answer(200, _HEADERS, orjson.dumps({"status": "ok"})))


class Ready:
    """``/readyz``: 200 while new requests are welcome, else 503."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        check_method(scope)
        ready = self._readiness.ready
        body = orjson.dumps({"status": "ready" if ready else "not ready"})
        await send_answer(scope, send, Answer(200 if ready else 503, _HEADERS, body))
