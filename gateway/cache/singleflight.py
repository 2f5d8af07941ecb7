"""One piece of work per key, however many wait for it.

The work is a task of its own: it belongs to nobody who waits, and sees nobody's context variables.

- A waiter that is cancelled (its client left) leaves; with the last of them the work is cancelled, unless
- a waiter left because its deadline passed: then the work is *detached* and goes on, for whoever asks next.
- A failure reaches everyone who waits, once; the next to ask starts anew.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, TypeVar

from gateway.core.deadline import Deadline
from gateway.core.errors import GatewayError

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]


@dataclass(slots=True, eq=False)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiters: int = 0
    detached: bool = False
    traceback: TracebackType | None = None

    def result(self) -> T:
        """What the work gave or raised. Whoever waited raises the same error, so each starts from its own traceback."""
        task, traceback = self.task, self.traceback
        if task.cancelled():
            raise TimeoutError("the work was stopped")
        error = task.exception()
        if error is None:
            return task.result()
        try:
            raise error.with_traceback(traceback)
        finally:
            del self, task, error  # an error knows the frames that it goes through, so they must let go of it


class SingleFlight(Generic[T]):
    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}
        #: also those that have left the table and are still being cancelled
        self._tasks: set[asyncio.Task[T]] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._flights

    def __len__(self) -> int:
        return len(self._tasks)

    async def join(self, key: str, work: Work[T], deadline: Deadline) -> T:
        """What ``work`` gives, begun here unless it is already under way.

        Raises what the work raised, ``TimeoutError`` once ``deadline`` has passed or where the work was stopped.
        """
        flight = self._flights.get(key) or self._begin(key, work)
        flight.waiters += 1
        try:
            landed = await _landed(flight.task, deadline.remaining())
        except asyncio.CancelledError:
            self._leave(key, flight)
            raise
        flight.waiters -= 1
        if not landed:
            flight.detached = True
            raise TimeoutError("the deadline passed")
        try:
            return flight.result()
        finally:
            del flight  # as in there

    def start(self, key: str, work: Work[T]) -> None:
        """Have ``work`` done although nobody waits for it; where it is under way already, nothing."""
        if key not in self._flights:
            self._begin(key, work).detached = True

    async def aclose(self) -> None:
        """Cancel everything, and return once it has ended."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _begin(self, key: str, work: Work[T]) -> _Flight[T]:
        flight = _Flight(asyncio.create_task(work(), context=Context()))
        self._flights[key] = flight
        self._tasks.add(flight.task)
        flight.task.add_done_callback(lambda _: self._land(key, flight))
        return flight

    def _leave(self, key: str, flight: _Flight[T]) -> None:
        flight.waiters -= 1
        if not flight.waiters and not flight.detached:
            self._forget(key, flight)  # at once: whoever asks next must not find work that is being cancelled
            flight.task.cancel()

    def _land(self, key: str, flight: _Flight[T]) -> None:
        self._forget(key, flight)
        self._tasks.discard(flight.task)
        if flight.task.cancelled():
            return
        error = flight.task.exception()
        flight.traceback = error.__traceback__ if error else None
        if error and not flight.waiters and not isinstance(error, GatewayError | TimeoutError):
            _report(error, flight.task)

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _landed(task: asyncio.Task[Any], seconds: float) -> bool:
    """Whether ``task`` is done in time: ``asyncio.wait`` for one task, at a third of its cost."""
    loop = task.get_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    task.add_done_callback(wake)
    timer = loop.call_later(seconds, wake)
    try:
        await waiter
    finally:
        timer.cancel()
        task.remove_done_callback(wake)
    return task.done()


def _report(error: BaseException, task: asyncio.Task[Any]) -> None:
    """A fault of our own is never silent, even where nobody waits for what it broke."""
    message = "unexpected error in work that nobody waits for"
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error, "task": task})
