"""A client that costs little: keep-alive connections, whole requests as bytes, one at a time on each."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import orjson

_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


class Broken(Exception):
    """There is no answer, or not the one that was wanted."""


class Connection(asyncio.Protocol):
    """Ask one after the other; ``close`` at the end."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._whole = 0
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            self._whole = _length(self._received)
        if self._whole and len(self._received) >= self._whole and self._answer and not self._answer.done():
            self._answer.set_result(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(Broken(str(exc or "closed")))

    async def ask(self, request: bytes) -> bytes:
        """The whole answer to a whole request, head and body. Raises ``Broken``."""
        assert self._transport
        self._received, self._whole = b"", 0
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def request(port: int, target: str, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def succeeded(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200 ")


def content(answer: bytes) -> Any:
    """The JSON of an answer. Raises ``Broken`` where it is not a 200."""
    if not succeeded(answer):
        raise Broken(answer[:500].decode(errors="replace"))
    return orjson.loads(answer.partition(_END)[2])


def _length(received: bytes) -> int:
    """Of the whole answer, once its head is there; 0 until then."""
    head, end, _ = received.partition(_END)
    if not end:
        return 0
    _, _, rest = head.lower().partition(_LENGTH)
    return len(head) + len(end) + int(rest.split(b"\r\n", 1)[0])
