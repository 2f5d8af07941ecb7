"""TCP servers for tests that leave no task and no socket behind, and a proxy and a stub made of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def hosting(serve: Serve) -> AsyncIterator[int]:
    """The port on which ``serve`` is called with each connection."""
    serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        await hang_up(writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving[asyncio.create_task(serve_one(reader, writer))] = writer

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await hang_up(*serving.values())


async def hang_up(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.transport.abort()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[str]:
    """The URL of a Redis that answers the health check as it should, and every other command with ``reply``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65536):
            writer.write(b"+PONG\r\n" if b"PING" in asked else reply)

    async with hosting(serve) as port:
        yield f"redis://127.0.0.1:{port}/0"


class Proxy:
    """A way to a good Redis that makes it slow, silent, cut short or a liar.

    ``delay``: seconds before each piece of a reply; ``open`` cleared: no reply at all; ``cut``: bytes of a reply after
    which the connection ends; ``twist`` changes what is asked, so that something else is answered.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._hosting = hosting(self._serve)
        self.url = ""
        self.delay = 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.cut: int | None = None
        self.twist: Callable[[bytes], bytes] = bytes
        self.connections = 0

    async def __aenter__(self) -> Self:
        self.url = f"redis://127.0.0.1:{await self._hosting.__aenter__()}/0"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._hosting.__aexit__(kind, error, at)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        opening = asyncio.create_task(asyncio.open_connection("127.0.0.1", self._target))
        try:
            there, back = await asyncio.shield(opening)
            await _first(self._ask(reader, back), self._answer(there, writer))
        finally:
            await hang_up((await opening)[1])

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(self.twist(chunk))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            await self.open.wait()
            late = asyncio.Event()
            asyncio.get_running_loop().call_later(self.delay, late.set)
            await late.wait()
            writer.write(chunk[: self.cut])
            if self.cut is not None:
                await writer.drain()
                return


class Trips:
    """How many times something was sent through a proxy, and what."""

    def __init__(self, proxy: Proxy) -> None:
        self.sent: list[bytes] = []
        proxy.twist = self._note

    def _note(self, asked: bytes) -> bytes:
        self.sent.append(asked)
        return asked


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Returns once one of ``works`` has ended, and with it the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
