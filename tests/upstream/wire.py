"""A TCP server on loopback that sends exactly the bytes a test scripted, connection by connection."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

PAGE = b'{"data":[{"id":"a"}],"has_more":false,"total":1}'


class Peer:
    """The server's end of one connection."""

    def __init__(self, server: "Wire", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer

    async def request(self) -> str:
        """The head of the next request."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self._server.requests.append(head)
        self._server.asked.set()
        return head

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    def reset(self) -> None:
        """Close with an RST instead of a FIN."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        while await self._reader.read(65536):
            pass


Script = Callable[[Peer], Awaitable[None]]


class Wire:
    """Plays one script for each connection; the last one again for all that follow."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._tasks: set[asyncio.Task[object]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.requests: list[str] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.url = ""

    async def start(self, host: str, tls: ssl.SSLContext | None) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, host, 0, ssl=tls, limit=1 << 20)
        self.url = f"{'https' if tls else 'http'}://{host}:{server.sockets[0].getsockname()[1]}"
        return server

    async def clients_gone(self) -> None:
        """Wait until no script is being played: every client has closed its connections."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await script(Peer(self, reader, writer))
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            with suppress(ConnectionError, ssl.SSLError):
                writer.close()
                await writer.wait_closed()


@asynccontextmanager
async def serve(*scripts: Script, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    wire = Wire(*scripts)
    server = await wire.start(host, tls)
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        await wire.clients_gone()
        await server.wait_closed()


def answer(body: bytes = PAGE, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def keeps_answering(response: bytes) -> Script:
    """The same response to every request, on a connection that stays open."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(response)

    return script


def answers(*responses: bytes) -> Script:
    """One response to each request, then an open connection that says nothing."""

    async def script(peer: Peer) -> None:
        for response in responses:
            await peer.request()
            await peer.send(response)
        await peer.gone()

    return script


def answers_and_closes(*parts: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.send(part)
        await peer.close()

    return script


def answers_and_resets(data: bytes = b"") -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        if data:
            await peer.send(data)
        peer.reset()

    return script


async def closes_at_once(peer: Peer) -> None:
    await peer.request()
    await peer.close()


async def never_answers(peer: Peer) -> None:
    await peer.request()
    await peer.gone()
