"""Waiting for what happens in the same event loop, without a clock."""

import asyncio
from collections.abc import Callable


async def a_moment() -> None:
    """Returns once what is under way on the network has had a chance to get on."""
    loop = asyncio.get_running_loop()
    turned = loop.create_future()
    loop.call_later(0.001, turned.set_result, None)
    await turned


async def until(condition: Callable[[], bool]) -> None:
    """Returns once ``condition`` holds; the loop turns meanwhile. The test's own time limit ends a vain wait."""
    while not condition():
        await a_moment()


async def turns(count: int = 20) -> None:
    """Let everything that is ready run."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned
