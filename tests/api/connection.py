"""One connection to the gateway, byte by byte, for what no client library would send."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway.api.stores import PATH
from tests.api.serving import HOST, Served

ACME_KEY = "Authorization: Bearer acme-key"
GLOBEX_KEY = "X-API-Key: globex-key"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    target: str | bytes = PATH, *headers: str | bytes, method: str = "GET", host: str = "gateway", body: bytes = b""
) -> bytes:
    """The bytes of a request; ``headers`` are whole lines."""
    lines = [b" ".join([method.encode(), _bytes(target), b"HTTP/1.1"]), b"Host: " + host.encode()]
    return b"\r\n".join([*lines, *map(_bytes, headers), b"", body])


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


class Connection:
    """Kept open from request to request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, *requests: bytes) -> list[Answer]:
        """The answers to requests that are sent all at once."""
        self.writer.write(b"".join(requests))
        return [await self.answer() for _ in requests]

    async def answer(self) -> Answer:
        start, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        pairs = [line.partition(": ") for line in lines]
        names = [name for name, _, _ in pairs]
        assert len(names) == len(set(names)), "a header was sent twice"
        headers = {name: value for name, _, value in pairs}
        status = int(start.split(" ")[1])
        size = 0 if status in {100, 304} else int(headers["content-length"])
        return Answer(status, headers, await self._reader.readexactly(size))

    async def closed(self) -> bool:
        """Waits for the gateway to close; whether it did without another byte."""
        return await self._reader.read() == b""


@asynccontextmanager
async def connected(served: Served) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


async def ask(served: Served, *requests: bytes) -> Sequence[Answer]:
    """The answers to requests that are sent all at once, on a connection of their own."""
    async with connected(served) as connection:
        return await connection.ask(*requests)
