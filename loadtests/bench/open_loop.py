"""Requests at a fixed rate, whatever becomes of those before them, so that a server that falls behind shows it.

A latency counts from the moment a request was due, not from when it could be sent.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadtests.bench.connection import Broken, Connection, connect, succeeded

Asked = tuple[int, bytes]
"""A port and a request."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds, sorted."""

    values: tuple[float, ...]

    def percentile(self, share: float) -> float:
        return self.values[min(len(self.values) - 1, int(share * len(self.values)))]


class Pool:
    """Connections by port; as many as are needed at once."""

    def __init__(self) -> None:
        self._idle: dict[int, deque[Connection]] = {}

    async def ask(self, asked: Asked) -> None:
        """Raises ``Broken`` where the answer is not a 200."""
        port, request = asked
        idle = self._idle.setdefault(port, deque())
        connection = idle.pop() if idle else await connect(port)
        if not succeeded(await connection.ask(request)):
            raise Broken("an answer that is not a 200")
        idle.append(connection)

    def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()


async def at_rate(rate: float, seconds: float, pages: Callable[[int], Sequence[Asked]]) -> Latencies:
    """``pages`` says what to ask at once for page number n; it is there when the last answer is."""
    pool, loop = Pool(), asyncio.get_running_loop()

    async def one(number: int, due: float) -> float:
        await asyncio.gather(*(pool.ask(asked) for asked in pages(number)))
        return (loop.time() - due) * 1e3

    began, tasks = loop.time() + 0.05, []
    for number in range(round(rate * seconds)):
        due = began + number / rate
        if (left := due - loop.time()) > 0:
            await asyncio.sleep(left)
        tasks.append(asyncio.create_task(one(number, due)))
    try:
        return Latencies(tuple(sorted(await asyncio.gather(*tasks))))
    finally:
        pool.close()
