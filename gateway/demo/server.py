"""Simulated upstreams on real sockets, in the running event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.upstream import Upstream

HOST = "127.0.0.1"


class Served:
    """One app on one port, which it keeps while stopped: then connections are refused."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        self._config = Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=60,
        )
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._reserved = _bound(port)
        self.port: int = self._reserved.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        if self._server is None:
            self._reserved.close()
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._protocol, sock=_bound(self.port), backlog=2048)

    async def stop(self) -> None:
        """Cut all connections, whatever they are in the middle of."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
            await self._cut()
            await server.wait_closed()
            self._reserved = _bound(self.port)

    async def close(self) -> None:
        await self.stop()
        self._reserved.close()

    async def _cut(self) -> None:
        for _ in range(3):  # lets connections just accepted show up
            await asyncio.sleep(0)
        while self._state.connections or self._state.tasks:
            for connection in list(self._state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

    def _protocol(self) -> asyncio.Protocol:
        """Uvicorn's own server would poll ten times a second, and take the signal handlers."""
        state: dict[str, Any] = {}
        protocol = HttpToolsProtocol(self._config, self._state, state, asyncio.get_running_loop())
        state["hang_up"] = lambda: protocol.transport.close()  # noqa: PLW0108 - there is no transport yet
        return protocol


def demo_upstreams(size: int = 250, *, seed: int = 0) -> tuple[Aitronos, ScaleDex, B3os]:
    return Aitronos(size, seed=seed), ScaleDex(size, seed=seed), B3os(size, seed=seed)


@asynccontextmanager
async def serve_upstreams(*upstreams: Upstream, ports: Sequence[int] = ()) -> AsyncIterator[tuple[Served, ...]]:
    """Serve each upstream on its own port of 127.0.0.1; a port of 0, or none given, is a free one."""
    async with AsyncExitStack() as stack:
        served = []
        for index, upstream in enumerate(upstreams):
            one = Served(upstream.app, ports[index] if index < len(ports) else 0)
            stack.push_async_callback(one.close)
            await one.start()
            served.append(one)
        yield tuple(served)


def _bound(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it each answer waits 40 ms
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock
