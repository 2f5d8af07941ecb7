"""Responses of a simulated upstream, sound and spoiled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive

from gateway.demo.corpus import Item

BodyFault = Literal["html", "truncated", "empty", "null", "numbers", "object", "items_object", "items_numbers"]

_HTML = b"<!doctype html><html><head><title>Just a moment</title></head><body>Busy.</body></html>"
_WRONG_TYPES: dict[str, bytes] = {
    "null": b"null",
    "numbers": b"[1,2,3]",
    "object": b'{"message":"hello"}',
    "items_object": b'{"items":{"id":"not-a-list"}}',
    "items_numbers": b'{"items":[1,2,3]}',
}


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


class Page(Response):
    """An answered list; knows how many items it carries."""

    media_type = "application/json"

    def __init__(self, body: bytes, count: int) -> None:
        super().__init__(body)
        self.count = count


class RefusedError(Exception):
    """The list call is answered with an error response."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status_code}")
        self.response = response


def render_list(items: Sequence[Item]) -> bytes:
    return b"[" + b",".join([item.body for item in items]) + b"]"


def render_object(name: str, value: bytes, rest: dict[str, Any]) -> bytes:
    """A JSON object with one rendered member and other plain ones."""
    head = b'{"' + name.encode() + b'":' + value
    return head + (b"," + orjson.dumps(rest)[1:] if rest else b"}")


def spoil(response: Response, fault: BodyFault) -> Response:
    """The same status, with a body no client can use and a Content-Length which is true of it."""
    if fault == "html":
        return Response(_HTML, response.status_code, media_type="text/html")
    if fault == "empty":
        return Response(b"", response.status_code, media_type="application/json")
    if fault == "truncated":
        body = bytes(response.body)
        return Response(body[: len(body) // 2], response.status_code, media_type="application/json")
    return Response(_WRONG_TYPES[fault], response.status_code, media_type="application/json")


def cut(sound: Response, hang_up: Callable[[], None]) -> Response:
    """The connection ends in the middle of the body."""

    async def half() -> AsyncIterator[bytes]:
        body = bytes(sound.body)
        yield body[: len(body) // 2]
        hang_up()
        await asyncio.get_running_loop().create_future()  # until the server sees that nobody is there

    return StreamingResponse(half(), sound.status_code, dict(sound.headers))


async def gone(receive: Receive) -> None:
    """Wait until the client's connection is no more."""
    while (await receive())["type"] != "http.disconnect":
        pass
