"""What the simulated upstreams have in common."""

import time
from collections.abc import Callable
from random import Random
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.demo.calls import Call, CallLog
from gateway.demo.control import ControlDoor
from gateway.demo.corpus import Corpus
from gateway.demo.faults import Faults
from gateway.demo.responses import Page, RefusedError, cut, gone, spoil


class Upstream:
    """One simulated API: its world, its ways, its faults, the calls it received, and its ASGI ``app``."""

    def __init__(
        self,
        name: str,
        path: str,
        *,
        corpus: Corpus,
        options: Any,
        answer: Callable[[Request], Page],
        failure: Callable[[int], Response],
        seed: int,
    ) -> None:
        """``answer`` raises ``RefusedError`` to refuse; ``failure`` is an error in the API's envelope."""
        self.name = name
        self.path = path
        self.corpus = corpus
        self.faults = Faults(seed=seed)
        self.calls = CallLog()
        self.clock: Callable[[], float] = time.time
        self.random = Random(seed)
        self._answer = answer
        self._failure = failure
        self.app = Starlette(
            routes=[Route(path, self._list, methods=["GET"]), *ControlDoor(self, options).routes()],
            exception_handlers={HTTPException: self._lost},
        )

    async def _list(self, request: Request) -> Response:
        call = self.calls.begin(request)
        try:
            return await self._respond(request, call)
        finally:
            self.calls.end(call)

    async def _respond(self, request: Request, call: Call) -> Response:
        faults = self.faults
        struck = faults.strike()
        status, retry_after, body, drop = faults.status, faults.retry_after, faults.body, faults.drop
        if not await faults.delay(request.receive, struck=struck):
            return Response(status_code=499)  # nobody is there to read it
        if not struck:
            return _noted(call, self._sound(request))
        response = self._failed(status, retry_after) if status else self._sound(request)
        response = spoil(response, body) if body else response
        return await _dropped(request, response, drop) if drop else _noted(call, response)

    def _sound(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except RefusedError as refused:
            return refused.response

    def _failed(self, status: int, retry_after: str | None) -> Response:
        response = self._failure(status)
        if retry_after is not None:
            response.headers["retry-after"] = retry_after
        return response

    def _lost(self, _request: Request, error: Exception) -> Response:
        """No such path or method."""
        assert isinstance(error, HTTPException)
        response = self._failure(error.status_code)
        response.headers.update(error.headers or {})
        return response


async def _dropped(request: Request, response: Response, drop: Literal["before", "mid_body"]) -> Response:
    hang_up: Callable[[], None] = request.scope["state"]["hang_up"]  # from ``server.Served``
    if drop == "mid_body":
        return cut(response, hang_up)
    hang_up()
    await gone(request.receive)
    return response


def _noted(call: Call, response: Response) -> Response:
    call.status = response.status_code
    call.items = response.count if isinstance(response, Page) else 0
    return response
