"""A gateway as a process of its own, the simulated providers behind it, and clients that walk through it."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from random import Random

import httpx

from gateway.demo.b3os import B3os
from gateway.demo.server import Served, demo_upstreams, serve_upstreams
from gateway.demo.upstream import Upstream
from gateway.demonstration import ENDPOINT, NAMES, demo_config
from gateway.service import bound
from tests.support.redis_servers import RedisServer, binaries

CURSOR_KEY = "ztqIcMwHsHXKb3zgEiw1TqHlQJEuMWPUwU4k1hE3AWUCLNRUzskIBBrFs8nTJ3KJfFEoM25HxfenBALiLqVKeg"
HOST = "127.0.0.1"
#: how often a client asks for the next page rather than begin again
STAYS = 0.9

#: what starts the service
SERVICE = ("-m", "gateway")
#: the same with a bug in it: the function that every page needs is not there
BROKEN_SERVICE = (
    "-c",
    "import gateway.listing.listing as listing; listing.progressed = None\nfrom gateway.cli import main; main()",
)


def free_port() -> int:
    with bound(HOST, 0) as sock:
        port: int = sock.getsockname()[1]
        return port


class Gateway:
    """One replica on ports that it keeps. ``change`` edits the YAML that it is started with."""

    def __init__(self, name: str, folder: Path, urls: Sequence[str], change: Callable[[str], str]) -> None:
        self.name = name
        self._port, self._metrics_port = free_port(), free_port()
        self._path = folder / f"{name}.yaml"
        self._path.write_text(change(demo_config(self._port, self._metrics_port, urls)))
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://{HOST}:{self._port}"

    @property
    def started(self) -> bool:
        return self._process is not None

    async def start(self, service: Sequence[str] = SERVICE) -> None:
        await self.stop()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *service, "serve", "--config", str(self._path), stdout=asyncio.subprocess.DEVNULL
        )

    def say_stop(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGTERM)

    def rewrite(self, change: Callable[[str], str]) -> None:
        self._path.write_text(change(self._path.read_text()))

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def scrape(self, client: httpx.AsyncClient) -> str | None:
        """None while it does not answer."""
        if self._process is None:
            return None
        try:
            return (await client.get(f"http://{HOST}:{self._metrics_port}/metrics")).text
        except httpx.HTTPError:
            return None


@dataclass
class Stage:
    """Everything that a fault may be done to."""

    gateways: list[Gateway]
    upstreams: dict[str, Upstream]
    served: dict[str, Served]
    redis: RedisServer
    client: httpx.AsyncClient
    random: Random = field(default_factory=lambda: Random(0))  # noqa: S311  # whom a client asks, no secret

    async def scrape(self) -> dict[str, str]:
        """The exposition of each instance that answers."""
        texts = {gateway.name: await gateway.scrape(self.client) for gateway in self.gateways}
        return {name: text for name, text in texts.items() if text}

    @property
    def b3os(self) -> B3os:
        upstream = self.upstreams["b3os"]
        assert isinstance(upstream, B3os)
        return upstream

    async def until_up(self) -> None:
        """Every replica that was started answers."""
        for pause in chain([0.0], repeat(0.05)):
            await asyncio.sleep(pause)
            if len(await self.scrape()) == sum(gateway.started for gateway in self.gateways):
                return

    async def memory(self) -> list[float]:
        """Bytes held by each replica that answers."""
        texts = (await self.scrape()).values()
        return [
            float(found)
            for text in texts
            for found in re.findall("^process_resident_memory_bytes (.*)$", text, re.MULTILINE)
        ]

    async def walk_for_ever(self, limit: int, stays: float = STAYS) -> None:
        """A client: from page to page, at times from the beginning, whatever is answered and by whom."""
        cursor: str | None = None
        while True:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            gateway = self.random.choice(self.gateways)
            cursor = None
            with suppress(httpx.HTTPError, ValueError):
                body = (await self.client.get(gateway.url + ENDPOINT, params=query)).json()
                cursor = body.get("next_cursor") if self.random.random() < stays else None
            await asyncio.sleep(self.random.uniform(0.005, 0.02))


@asynccontextmanager
async def stage(folder: Path, *, change: Callable[[str, str], str], size: int, replicas: int) -> AsyncIterator[Stage]:
    """``change`` is given the YAML and the URL of the Redis, which runs. The first replica is started."""
    upstreams = dict(zip(NAMES, demo_upstreams(size), strict=True))
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(RedisServer(binaries()["redis"]))
        served = await stack.enter_async_context(serve_upstreams(*upstreams.values()))
        urls = [one.url for one in served]
        gateways = [
            Gateway(f"gateway-{number}", folder, urls, lambda text: change(text, redis.url))
            for number in range(replicas)
        ]
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        for gateway in gateways:
            stack.push_async_callback(gateway.stop)
        made = Stage(gateways, upstreams, dict(zip(NAMES, served, strict=True)), redis, client)
        await gateways[0].start()
        await made.until_up()
        yield made
