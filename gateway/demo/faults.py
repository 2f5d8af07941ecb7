"""How a simulated upstream misbehaves, adjustable at any moment."""

import asyncio
from dataclasses import InitVar, dataclass, field
from random import Random
from typing import Annotated, Literal

from starlette.types import Receive

from gateway.demo.responses import BodyFault, gone
from gateway.demo.settings import Between, change, dump


@dataclass(slots=True)
class Faults:
    """Latency meets every call; the rest those that ``skip``, ``only_next`` and ``probability`` leave.

    To let hanging calls go on, call ``release`` rather than clear ``hang``.
    """

    latency: Annotated[float, Between(0, 3600)] = 0.0
    jitter: Annotated[float, Between(0, 3600)] = 0.0  # at most so many seconds more
    hang: bool = False
    status: Annotated[int, Between(300, 599)] | None = None
    retry_after: str | None = None  # sent with ``status``, as it is
    body: BodyFault | None = None
    drop: Literal["before", "mid_body"] | None = None
    skip: Annotated[int, Between(0)] = 0  # leave so many calls alone first
    only_next: Annotated[int, Between(0)] | None = None  # meet so many calls, then no more
    probability: Annotated[float, Between(0, 1)] = 1.0
    seed: InitVar[int] = 0
    _random: Random = field(init=False, repr=False, compare=False)
    _hanging: set[asyncio.Future[None]] = field(init=False, repr=False, compare=False, default_factory=set)

    def __post_init__(self, seed: int) -> None:
        self._random = Random(seed)

    def clear(self) -> None:
        """Behave again, and answer the calls that hang."""
        self.release()
        change(self, dump(Faults()), prefix="faults")

    def release(self) -> None:
        """Stop hanging, and answer the calls that hang."""
        self.hang = False
        for waiting in self._hanging:
            if not waiting.done():
                waiting.set_result(None)

    def strike(self) -> bool:
        """Whether the call at hand is met by the faults; counts it."""
        if not (self.hang or self.status or self.body or self.drop) or self.only_next == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self._random.random() >= self.probability:
            return False
        if self.only_next is not None:
            self.only_next -= 1
        return True

    async def delay(self, receive: Receive, *, struck: bool) -> bool:
        """Wait as long as latency and hanging want; False if the client left meanwhile."""
        seconds = self.latency + (self._random.uniform(0, self.jitter) if self.jitter else 0)
        hang = struck and self.hang
        if not hang and not seconds:
            return True
        if seconds and not await _stayed(receive, asyncio.get_running_loop().create_future(), seconds):
            return False
        return not hang or await self._released(receive)

    async def _released(self, receive: Receive) -> bool:
        released = asyncio.get_running_loop().create_future()
        self._hanging.add(released)
        try:
            return await _stayed(receive, released, None)
        finally:
            self._hanging.discard(released)


async def _stayed(receive: Receive, until: asyncio.Future[None], seconds: float | None) -> bool:
    left = asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({left, until}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return not left.done()
    finally:
        left.cancel()
        until.cancel()
