"""The upstream calls alone, in a loop and without any parsing: ``aiohttp``'s client, or the gateway's own transport.

A line with a number of seconds on standard input starts a round; the number of pages made, each of one call to every
upstream, comes back on standard output.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import httpx
import orjson
import uvloop

from gateway.upstream.options import UpstreamOptions
from gateway.upstream.transport import open_transport
from loadtests.bench.baselines.given import Call

Fetch = Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def aiohttp_client(calls: Sequence[Call]) -> AsyncIterator[list[Fetch]]:
    async with aiohttp.ClientSession() as session:

        def fetching(call: Call) -> Fetch:
            async def fetch() -> bytes:
                async with session.get(call.url, headers=call.headers) as answer:
                    return await answer.read()

            return fetch

        yield [fetching(call) for call in calls]


@asynccontextmanager
async def own_transport(calls: Sequence[Call]) -> AsyncIterator[list[Fetch]]:
    async with AsyncExitStack() as stack:

        def fetching(call: Call) -> Fetch:
            transport = open_transport(UpstreamOptions())
            stack.push_async_callback(transport.aclose)

            async def fetch() -> bytes:
                request = httpx.Request("GET", call.url, headers=call.headers)
                response = await transport.handle_async_request(request)
                return await response.aread()

            return fetch

        yield [fetching(call) for call in calls]


CLIENTS = {"aiohttp": aiohttp_client, "own": own_transport}


async def rounds(name: str, calls: Sequence[Call], concurrency: int) -> None:
    async with CLIENTS[name](calls) as fetches:
        while line := await asyncio.to_thread(sys.stdin.readline):
            end = time.monotonic() + float(line)
            made = await asyncio.gather(*(_pages(fetches, end) for _ in range(concurrency)))
            print(sum(made), flush=True)


async def _pages(fetches: Sequence[Fetch], end: float) -> int:
    made = 0
    while time.monotonic() < end:
        await asyncio.gather(*(fetch() for fetch in fetches))
        made += 1
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(CLIENTS))
    parser.add_argument("--given", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    options = parser.parse_args()
    calls = [Call(**call) for call in orjson.loads(options.given.read_bytes())["calls"]]
    uvloop.run(rounds(options.name, calls, options.concurrency))


if __name__ == "__main__":
    main()
