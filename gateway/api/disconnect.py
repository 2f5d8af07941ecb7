"""Stopping work that nobody waits for any more: the server does not cancel a handler when its client leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

T = TypeVar("T")


class ClientDisconnected(Exception):
    """The client left before it was answered."""


async def until_disconnect(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns or raises; it is cancelled, and ``ClientDisconnected`` raised, where the client leaves."""
    task = asyncio.ensure_future(work)
    watcher = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnected
        return task.result()
    finally:
        for waiting in (watcher, task):
            waiting.cancel()
        await asyncio.gather(watcher, task, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    """Waits for the client to leave; a body that comes with a GET is read and dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
