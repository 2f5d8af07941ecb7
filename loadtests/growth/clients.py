"""Clients that cost little: one kept connection each, one request at a time, a few of them side by side."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import orjson

ENDPOINT = "/v1/knowledge-stores"
#: the largest head of an answer: cursors stand in a header of it
_LIMIT = 64 * 1024
NOT_MODIFIED = 304


class Refused(Exception):
    """An answer that is no page; the message holds its status and body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``seconds`` from the request's first byte to the answer's last."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def page(self) -> dict[str, Any]:
        if self.status != 200:  # noqa: PLR2004
            raise Refused(f"{self.status} {self.body.decode()}")
        page: dict[str, Any] = orjson.loads(self.body)
        return page


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LIMIT)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()

    async def get(self, query: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """``query`` begins with a question mark, or is empty."""
        began = time.perf_counter()
        fields = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._writer.write(f"GET {ENDPOINT}{query} HTTP/1.1\r\nHost: gateway\r\n{fields}\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        body = b"" if status == NOT_MODIFIED else await self._reader.readexactly(_length(head))
        return Answer(status, head, body, time.perf_counter() - began)

    async def page(
        self, cursor: str | None = None, *, headers: Mapping[str, str] | None = None, **query: object
    ) -> Any:
        """A page as it is read. Raises ``Refused``."""
        fields = {**query, **({"cursor": cursor} if cursor else {})}
        text = "&".join(f"{name}={quote(str(value))}" for name, value in fields.items())
        return (await self.get(f"?{text}", headers)).page()


def _length(head: bytes) -> int:
    at = head.lower().index(b"content-length:") + 15
    return int(head[at : head.index(b"\r\n", at)])


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    headers: Mapping[str, str]


async def drive(port: int, requests: Iterable[Request], *, connections: int = 16) -> list[float]:
    """Ask them all, so many at a time; the seconds that each took. Raises ``Refused`` where one brings no page."""
    todo = iter(requests)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client.connected(port)) for _ in range(connections)]
        taken = await asyncio.gather(*(_drive_one(client, todo) for client in clients))
    return [seconds for one in taken for seconds in one]


async def _drive_one(client: Client, todo: Iterator[Request]) -> list[float]:
    taken = []
    for request in todo:
        answer = await client.get(request.query, request.headers)
        if answer.status not in {200, NOT_MODIFIED}:
            raise Refused(f"{answer.status} {answer.body.decode()}")
        taken.append(answer.seconds)
    return taken
