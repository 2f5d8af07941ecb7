"""The process: sockets, signals, and the order in which things open and close.

Start: bind, open, listen, say ready. Neither Redis nor any provider has to be there. Stop (SIGTERM, SIGINT): say not
ready first, go on serving for ``drain`` (SIGTERM only), refuse new connections, let requests in flight finish, close
what they used, and the metrics port last. A second signal stops waiting.
"""

import asyncio
import math
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gateway import __version__
from gateway.api.health import Readiness
from gateway.api.options import ServerOptions
from gateway.app import open_gateway
from gateway.config import Config
from gateway.core.clock import SystemClock
from gateway.core.events import Lifecycle, Observer
from gateway.telemetry.logs import configure
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.observers import fan_out


class PortTaken(Exception):
    """An address cannot be listened on; the message says which and why."""


class Listener(uvicorn.Server):
    """One port. Signals are the service's, so none is captured here."""

    def __init__(self, app: ASGIApp, sock: socket.socket, options: ServerOptions) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(options.trusted_proxies),
                forwarded_allow_ips=list(options.trusted_proxies),
                timeout_keep_alive=math.ceil(options.keep_alive),
                timeout_graceful_shutdown=math.ceil(max(options.deadline, options.max_timeout)) + 1,
                reset_contextvars=True,  # else a request sees what the one before it on its connection had set
            )
        )
        self._sock = sock

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Accepts connections; at the end refuses new ones and lets those in flight finish."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[self._sock])
        ticking = asyncio.create_task(self.main_loop())
        try:
            yield
        finally:
            self.should_exit = True
            await ticking
            await self.shutdown(sockets=[self._sock])


class StopSignal:
    """SIGTERM and SIGINT, each handed to whoever waits next."""

    def __init__(self) -> None:
        self._received: asyncio.Queue[signal.Signals] = asyncio.Queue()

    @contextmanager
    def handled(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._received.put_nowait, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def wait(self) -> signal.Signals:
        return await self._received.get()


def run(config: Config) -> int:
    """Serve until a signal says stop; 0 after a clean stop, 1 where a port cannot be had."""
    metrics = Metrics()
    observer = fan_out(metrics, configure(config.log, clock=SystemClock()))
    try:
        uvloop.run(_serve(config, metrics, observer))
    except PortTaken as error:
        observer(Lifecycle("failed", str(error)))
        return 1
    return 0


async def _serve(config: Config, metrics: Metrics, observer: Observer) -> None:
    stop = StopSignal()
    with stop.handled():
        async with serving(config, metrics, observer) as served:
            received = await stop.wait()
            observer(Lifecycle("draining", f"received {received.name}"))
            served.readiness.ready = False
            hurry = asyncio.create_task(_hurry(stop, served.public))
            if received is signal.SIGTERM:
                # the load balancer learns meanwhile that no new requests are welcome
                await asyncio.wait({hurry}, timeout=config.server.drain)
        hurry.cancel()
    observer(Lifecycle("stopped", "nothing is open any more"))


async def _hurry(stop: StopSignal, listener: Listener) -> None:
    await stop.wait()
    listener.force_exit = True


class Served:
    """A gateway that is being served, and the ports it has."""

    def __init__(self, public: Listener, readiness: Readiness, port: int, metrics_port: int | None) -> None:
        self.public = public
        self.readiness = readiness
        self.port = port
        self.metrics_port = metrics_port


@asynccontextmanager
async def serving(config: Config, metrics: Metrics, observer: Observer) -> AsyncIterator[Served]:
    """A gateway on its ports. Raises ``PortTaken`` before anything is opened."""
    options = config.server
    observer(Lifecycle("starting", f"version {__version__}"))
    for warning in config.warnings():
        observer(Lifecycle("warning", warning))
    sockets = [bound(options.host, options.port)]
    if options.metrics_port:
        sockets.append(bound(options.host, options.metrics_port))
    async with open_gateway(config, metrics=metrics, clock=SystemClock(), observer=observer) as gateway:
        public = Listener(gateway.public, sockets[0], options)
        ports = [sock.getsockname()[1] for sock in sockets]
        served = Served(public, gateway.readiness, ports[0], ports[1] if options.metrics_port else None)
        async with _private(gateway.private, sockets[1:], options), public.listening():
            gateway.readiness.ready = True
            if options.metrics_port:
                observer(Lifecycle("starting", f"metrics on {_address(options.host, ports[1])}"))
            observer(Lifecycle("ready", f"listening on {_address(options.host, ports[0])}"))
            yield served


@asynccontextmanager
async def _private(app: ASGIApp, sockets: list[socket.socket], options: ServerOptions) -> AsyncIterator[None]:
    if not sockets:
        yield
        return
    async with Listener(app, sockets[0], options).listening():
        yield


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bound(host: str, port: int) -> socket.socket:
    """A bound socket. Raises ``PortTaken``."""
    try:
        (family, *_, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise PortTaken(f"cannot listen on {_address(host, port)}: {error.strerror}") from None
    # named as TCP, or asyncio leaves Nagle's algorithm on
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise PortTaken(f"cannot listen on {_address(host, port)}: {error.strerror}") from None
    return sock
