"""The process: sockets, signals, and the order in which things open and close.

Start: bind, open, listen, say ready. Neither Redis nor any provider has to be there. Stop (SIGTERM, SIGINT): say not
ready first, go on serving for ``drain`` (SIGTERM only), refuse new connections, let requests in flight finish, close
what they used, and the metrics port last. A second signal stops waiting.
"""

import asyncio
import gc
import math
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gateway import __version__
from gateway.api.health import Readiness
from gateway.api.options import ServerOptions
from gateway.app import open_gateway
from gateway.config import Config, Source
from gateway.core.clock import SystemClock
from gateway.core.events import Lifecycle, Observer
from gateway.listing.codec import KEY_BYTES
from gateway.reload import Current, Reloader
from gateway.telemetry.logs import configure
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.observers import fan_out

#: allocations before the youngest objects are looked through, and how often then the older ones: ten times the usual
GC_THRESHOLDS = (10_000, 20, 50)
#: connections that a port takes in within one turn of the event loop: libuv takes one for each descriptor that listens.
#: A turn of a busy loop may last half a second, and a probe is a new connection behind all the others.
ACCEPTED_AT_ONCE = 16


class PortTaken(Exception):
    """An address cannot be listened on; the message says which and why."""


class Listener(uvicorn.Server):
    """One port. Signals are the service's, so none is captured here."""

    def __init__(self, app: ASGIApp, sock: socket.socket, options: ServerOptions) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(options.trusted_proxies),
                forwarded_allow_ips=list(options.trusted_proxies),
                timeout_keep_alive=math.ceil(options.keep_alive),
                timeout_graceful_shutdown=options.grace,
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
        sockets = [self._sock, *(self._sock.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]
        await self.startup(sockets=sockets)
        ticking = asyncio.create_task(self.main_loop())
        try:
            yield
        finally:
            self.should_exit = True
            await ticking
            await self.shutdown(sockets=sockets)


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


def run(config: Config, source: Source) -> int:
    """Serve ``config``, which ``source`` gave, until a signal says stop; 1 where a port cannot be had, else 0."""
    metrics = Metrics()
    observer = fan_out(metrics, configure(config.log, clock=SystemClock()))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it is heard: it must not end what is still starting
    _collect_rarely()
    try:
        uvloop.run(_serve(config, source, metrics, observer))
    except PortTaken as error:
        observer(Lifecycle("failed", str(error)))
        return 1
    return 0


def _collect_rarely() -> None:
    """What stands at the start stays; looking for cycles in it, and so often, took an eighth of a cold page's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _serve(config: Config, source: Source, metrics: Metrics, observer: Observer) -> None:
    stop = StopSignal()
    with stop.handled():
        async with serving(config, metrics, observer) as served, _reloading(served.current, source, observer):
            received = await stop.wait()
            observer(Lifecycle("draining", f"received {received.name}"))
            served.readiness.ready = False
            options = served.current.config.server
            served.public.config.timeout_graceful_shutdown = options.grace
            hurry = asyncio.create_task(_hurry(stop, served.public))
            if received is signal.SIGTERM:
                # the load balancer learns meanwhile that no new requests are welcome
                await asyncio.wait({hurry}, timeout=options.drain)
        hurry.cancel()
    observer(Lifecycle("stopped", "nothing is open any more"))


@asynccontextmanager
async def _reloading(current: Current, source: Source, observer: Observer) -> AsyncIterator[None]:
    """Takes over what changes in the files, by itself and at SIGHUP, for as long as it lasts."""
    loop = asyncio.get_running_loop()
    reloader = Reloader(current=current, source=source, clock=SystemClock(), observer=observer, sleep=asyncio.sleep)
    running = asyncio.create_task(reloader.run())
    loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        running.cancel()
        await asyncio.wait({running})


async def _hurry(stop: StopSignal, listener: Listener) -> None:
    await stop.wait()
    listener.force_exit = True


class Served:
    """A gateway that is being served, and the ports it has."""

    def __init__(
        self, public: Listener, readiness: Readiness, current: Current, port: int, metrics_port: int | None
    ) -> None:
        self.public = public
        self.readiness = readiness
        self.current = current
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
    readiness = Readiness()
    async with _opened(config, readiness, metrics, observer) as current:
        public = Listener(current.public, sockets[0], options)
        ports = [sock.getsockname()[1] for sock in sockets]
        served = Served(public, readiness, current, ports[0], ports[1] if options.metrics_port else None)
        async with _private(current.private, sockets[1:], options), public.listening():
            readiness.ready = True
            if options.metrics_port:
                observer(Lifecycle("starting", f"metrics on {_address(options.host, ports[1])}"))
            observer(Lifecycle("ready", f"listening on {_address(options.host, ports[0])}"))
            yield served


@asynccontextmanager
async def _opened(config: Config, readiness: Readiness, metrics: Metrics, observer: Observer) -> AsyncIterator[Current]:
    """What the process keeps over all its configs, readiness and the spare key, is made here."""
    current = Current(
        open_=partial(
            open_gateway,
            readiness=readiness,
            spare_key=os.urandom(KEY_BYTES),
            metrics=metrics,
            clock=SystemClock(),
            observer=observer,
        )
    )
    await current.switch(config)
    try:
        yield current
    finally:
        await current.aclose()


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
