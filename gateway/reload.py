"""Another config without a restart: a gateway of the new one is opened beside the old, and takes over at once.

::

    files changed, or SIGHUP --> settled? --> load --> open the new one --> switch --> the old one finishes, and closes
                                               '-- wrong: the old one stays, and a line says why

- A request ends on the gateway it began with; nothing is cut off and nothing waits.
- A config that cannot be used changes nothing. It is told once, not every time that the files are looked at.
- What only a new process could take over (addresses, the log) keeps its value, and is named.
- The memory cache begins empty; cursors stay valid, also under a key that this process made.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, field, replace

from starlette.types import Receive, Scope, Send

from gateway.app import Gateway
from gateway.config import Config, Source
from gateway.config.files import fingerprint
from gateway.core.clock import Clock
from gateway.core.errors import ConfigError
from gateway.core.events import ConfigRejected, ConfigReloaded, Lifecycle, Observer

#: seconds for which changed files must stay as they are: several of them may be on their way
SETTLE = 0.5
#: settings of the server that belong to its sockets
_OF_SOCKETS = ("host", "port", "metrics_port", "keep_alive", "trusted_proxies")

#: opens a gateway of a config, for as long as the context lasts
Open = Callable[[Config], AbstractAsyncContextManager[Gateway]]
Sleep = Callable[[float], Awaitable[object]]


@dataclass(slots=True, eq=False)
class Generation:
    """One gateway, and how many requests it is serving."""

    config: Config
    gateway: Gateway
    stack: AsyncExitStack
    serving: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self) -> None:
        self.serving += 1

    def leave(self) -> None:
        self.serving -= 1
        if not self.serving:
            self.idle.set()

    async def close(self) -> None:
        """Once the last request has been answered, or should have been: a client may never read its answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.server.grace):
                while self.serving:
                    self.idle.clear()
                    await self.idle.wait()
        await self.stack.aclose()


class Current:
    """The gateway that answers now, as two ASGI applications."""

    def __init__(self, *, open_: Open) -> None:
        self._open = open_
        self._generation: Generation | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def config(self) -> Config:
        return self._now.config

    async def public(self, scope: Scope, receive: Receive, send: Send) -> None:
        generation = self._now
        generation.enter()
        try:
            await generation.gateway.public(scope, receive, send)
        finally:
            generation.leave()

    async def private(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._now.gateway.private(scope, receive, send)

    async def switch(self, config: Config) -> None:
        """Open a gateway of ``config`` and let it answer from now on. Raises ``ConfigError``; then nothing changes."""
        stack = AsyncExitStack()
        gateway = await stack.enter_async_context(self._open(config))
        former, self._generation = self._generation, Generation(config, gateway, stack)
        if former:
            closing = asyncio.create_task(former.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Close the last one, and wait for those before it."""
        if self._generation:
            await self._generation.stack.aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def _now(self) -> Generation:
        assert self._generation
        return self._generation


class Reloader:
    """``source`` is where the config of ``current`` came from; ``sleep`` is ``asyncio.sleep``."""

    def __init__(self, *, current: Current, source: Source, clock: Clock, observer: Observer, sleep: Sleep) -> None:
        self._current = current
        self._source = source
        self._clock = clock
        self._observer = observer
        self._sleep = sleep
        self._asked = asyncio.Event()
        self._seen = fingerprint(source.files)

    def ask(self) -> None:
        """Look at the files now, changed or not."""
        self._asked.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            forced = await self._pause()
            seen = await asyncio.to_thread(fingerprint, self._source.files)
            if forced or seen != self._seen:
                await self._settled(seen)
                await self._reload()

    async def _pause(self) -> bool:
        """Wait for the next look; whether it was asked for."""
        options = self._current.config.reload
        asked = asyncio.create_task(self._asked.wait())
        waiting = {asked, asyncio.ensure_future(self._sleep(options.every))} if options.watch else {asked}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        self._asked.clear()
        return asked.done() and not asked.cancelled()

    async def _settled(self, seen: bytes) -> None:
        """Until the files hold the same twice running."""
        while True:
            await self._sleep(SETTLE)
            again = await asyncio.to_thread(fingerprint, self._source.files)
            if again == seen:
                self._seen = seen
                return
            seen = again

    async def _reload(self) -> None:
        files = self._source.files
        try:
            config, kept = reconciled(self._current.config, await asyncio.to_thread(self._source.load))
            await self._current.switch(config)
        except ConfigError as error:
            self._observer(ConfigRejected(error.problems))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the next change must find somebody who looks
            self._observer(ConfigRejected((f"it could not be taken over: {type(error).__name__}",)))
            return
        finally:
            if self._source.files != files:  # else what was seen before counts: they may have changed meanwhile
                self._seen = await asyncio.to_thread(fingerprint, self._source.files)
        for warning in config.warnings():
            self._observer(Lifecycle("warning", warning))
        self._observer(ConfigReloaded(self._clock.now(), kept))


def reconciled(former: Config, config: Config) -> tuple[Config, tuple[str, ...]]:
    """``config`` with what only a restart can change as it was, and the names of the settings that differ in it."""
    kept = {name: getattr(former.server, name) for name in _OF_SOCKETS}
    names = [f"server.{name}" for name, value in kept.items() if getattr(config.server, name) != value]
    if config.log != former.log:
        names.append("log")
    server = config.server.model_copy(update=kept)
    return replace(config, server=server, log=former.log), tuple(names)
