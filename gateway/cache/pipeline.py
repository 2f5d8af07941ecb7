"""What is asked of Redis in one turn of the event loop goes out in one round trip.

- Each command has its own reply or error; a batch whose connection breaks keeps the replies that came before.
- A batch is bounded by ``timeout`` as a whole, and so is each command of it. To the breaker each of them that fails is
  one: a fan-out that waited in vain is enough to leave Redis alone.
- A batch is a task of its own, which no caller's leaving ends: a connection whose replies were not read must be closed,
  so a crowd of clients that go away would make as many new connections, and a Redis whose greeting takes longer than
  ``timeout`` would never be connected at all. After ``LINGER`` times ``timeout`` it is given up.
- A connection serves one batch at a time. One that was silent for long, or holds a byte that nobody asked for, is
  replaced, unasked: it costs no round trip to find out.

redis-py connects, logs in, writes and reads, and hiredis writes and reads the protocol for it. redis-py's own pool and
pipeline set a timer and report to a registry for each reply, which took four times as long as all that is left here.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import Context
from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from gateway.cache.breaker import RedisBreaker
from gateway.core.clock import Clock
from gateway.core.errors import GatewayError

#: commands, and bytes, from which on a batch is full and the next one goes out beside it
MAX_COMMANDS = 128
MAX_BYTES = 256 * 1024
#: times the time limit that a batch nobody waits for any more may still take
LINGER = 3
#: seconds after which a silent connection is not trusted any more: what stands between may have forgotten it
MAX_SILENCE = 60.0

Word = bytes | str | int
Command = tuple[Word, ...]


class LeftAlone(GatewayError):
    """Redis is not asked for a while."""


class _Batch:
    """Commands, and where each of their callers waits; ``answered`` of them have their reply, or an end without one."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.replies: list[asyncio.Future[Any]] = []
        self.answered = 0
        self._size = 0

    @property
    def full(self) -> bool:
        return len(self.commands) >= MAX_COMMANDS or self._size >= MAX_BYTES

    @property
    def over(self) -> bool:
        return self.answered == len(self.replies)

    def add(self, command: Command) -> "asyncio.Future[Any]":
        reply = asyncio.get_running_loop().create_future()
        reply.add_done_callback(_noted)
        self.commands.append(command)
        self.replies.append(reply)
        self._size += sum(len(word) for word in command if isinstance(word, bytes))
        return reply

    def settle(self, answer: Any) -> None:
        """The next reply in turn; one that nobody waits for any more is let go of."""
        reply = self.replies[self.answered]
        self.answered += 1
        if reply.done():
            return
        if isinstance(answer, Exception):
            reply.set_exception(answer)
        else:
            reply.set_result(answer)


class Pipeline:
    """``connect`` makes a connection that is not opened yet; at most ``size`` of them are open at once."""

    def __init__(
        self,
        *,
        connect: Callable[[], AbstractConnection],
        timeout: float,
        size: int,
        breaker: RedisBreaker,
        clock: Clock,
    ) -> None:
        self._connect = connect
        self._timeout = timeout
        self._breaker = breaker
        self._clock = clock
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[AbstractConnection, float]] = []
        self._open: _Batch | None = None
        self._running: set[asyncio.Task[None]] = set()

    def ask(self, *commands: Command) -> list["asyncio.Future[Any]"]:
        """The replies to commands that go out together and are done in turn. Raises ``LeftAlone``.

        What else ends one: ``TimeoutError``, redis-py's errors, and whatever a server that lies makes redis-py raise.
        """
        batch = self._open
        if batch is None or batch.full:
            batch = self._begin()
        return [batch.add(command) for command in commands]

    async def aclose(self) -> None:
        """Let what is under way end, which its time limit sees to, and hang up."""
        while self._running:
            await asyncio.wait(self._running)
        while self._idle:
            connection, _ = self._idle.pop()
            with suppress(RedisError, OSError):  # a peer that does not even hang up
                await connection.disconnect()

    def _begin(self) -> _Batch:
        if not self._breaker.permits():
            raise LeftAlone("Redis is left alone for a while")
        batch = self._open = _Batch()
        task = asyncio.get_running_loop().create_task(self._run(batch), context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return batch

    async def _run(self, batch: _Batch) -> None:
        """Everything that was asked before this task had its turn is in the batch."""
        if self._open is batch:
            self._open = None
        task = asyncio.current_task()
        assert task
        timer = asyncio.get_running_loop().call_later(self._timeout, self._expire, batch, task, context=Context())
        try:
            async with self._places:
                await self._exchange(batch)
        except Exception as error:  # noqa: BLE001  # a server that lies makes redis-py raise anything, AttributeError too
            self._end(batch, error)
        finally:
            timer.cancel()
            self._end(batch, RedisError("ended"))

    async def _exchange(self, batch: _Batch) -> None:
        connection = await self._connected()
        try:
            await connection.send_packed_command(_packed(batch.commands), check_health=False)
            for _ in batch.commands:
                answer = await _answer(connection)
                if not batch.over:
                    batch.settle(answer)
                    self._breaker.succeeded()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._idle.append((connection, self._clock.monotonic()))

    async def _connected(self) -> AbstractConnection:
        now = self._clock.monotonic()
        while self._idle:
            connection, since = self._idle.pop()
            if now - since < MAX_SILENCE and not await connection.can_read():
                return connection
            await connection.disconnect(nowait=True)
        connection = self._connect()
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return connection

    def _expire(self, batch: _Batch, task: "asyncio.Task[None]") -> None:
        self._end(batch, TimeoutError())
        timer = asyncio.get_running_loop().call_later((LINGER - 1) * self._timeout, task.cancel)
        task.add_done_callback(lambda _: timer.cancel())

    def _end(self, batch: _Batch, error: Exception) -> None:
        """No more replies come, or not in time."""
        while not batch.over:
            batch.settle(error)
            self._breaker.failed()


def _packed(commands: Iterable[Command]) -> bytes:
    return b"".join([pack_command(command) for command in commands])  # type: ignore[arg-type]  # its stub allows one word


def _noted(reply: "asyncio.Future[Any]") -> None:
    """Its caller may have left, or have had enough with an earlier one: then nobody else looks at what ended it."""
    if not reply.cancelled():
        reply.exception()


async def _answer(connection: AbstractConnection) -> Any:
    """An error reply (full, read-only, wrong type) came at once from a server that is there: it ends nothing else."""
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
