"""Stopping work that nobody waits for any more: the server does not cancel a handler when its client leaves."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

T = TypeVar("T")


class ClientDisconnected(Exception):
    """The client left before it was answered."""


class _Watch:
    """A task that waits for the client to leave, and cancels the one that made it once that has happened."""

    def __init__(self, receive: Receive) -> None:
        self.left = False
        self._ended = False
        self._working = asyncio.current_task()
        self._watcher = asyncio.create_task(_disconnected(receive))
        self._watcher.add_done_callback(self._leave)

    def _leave(self, watcher: "asyncio.Task[None]") -> None:
        if not watcher.cancelled() and self._working and not self._ended:
            watcher.exception()  # a server that cannot tell any more has lost its client as well
            self.left = True
            self._working.cancel()

    def forgive(self) -> bool:
        """Whether the cancellation that is under way is this one, and nobody else's as well."""
        return self.left and self._working is not None and self._working.uncancel() == 0

    def end(self) -> None:
        self._ended = True  # the callback may be on its way already
        self._watcher.remove_done_callback(self._leave)
        self._watcher.cancel()


async def until_disconnect(receive: Receive, work: Awaitable[T]) -> T:
    """What ``work`` returns or raises; it is cancelled, and ``ClientDisconnected`` raised, where the client leaves."""
    watch = _Watch(receive)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.forgive():
            raise ClientDisconnected from None
        raise
    finally:
        watch.end()


async def _disconnected(receive: Receive) -> None:
    """Waits for the client to leave; a body that comes with a GET is read and dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
