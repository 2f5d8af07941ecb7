"""Two replicas of the real service over loopback, with a real Redis: the slower profile of the laws.

Nothing goes on between two requests: what a request left to be done behind it is waited for. Pages stay fresh for as
long as an example takes, and time is what it is.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import trustme
import uvloop
import yaml

from gateway.api.keys import digest
from gateway.api.stores import PATH
from gateway.config import Config, load
from gateway.config.cursor_keys import encode
from gateway.service import serving
from gateway.telemetry.metrics import Metrics
from gateway.upstream.options import UpstreamOptions
from tests.laws.machine import Walks
from tests.laws.system import SECRETS, Answer, Caching
from tests.laws.world import Configuration, Declared
from tests.support.redis_servers import RedisServer, binaries
from tests.support.simulated import SimulatedList
from tests.support.simulated_server import serve
from tests.support.simulated_specs import spec_text

#: the API key of each tenant
TENANTS = {"acme": "key-of-acme", "other": "key-of-another"}
#: keeps a configuration valid that has no other provider
SWITCHED_OFF = "switched-off"
#: a list that hangs is given up after so long
TIMEOUT = "500ms"
FRESH = "20m"

Section = dict[str, Any]


@contextmanager
def service_walks() -> Iterator[type[Walks]]:
    """The state machine over services that share a Redis."""
    with TemporaryDirectory() as folder, RedisServer(binaries().get("redis") or binaries()["valkey"]) as redis:
        authorities = Path(folder, "ca.pem")
        trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.write_to_path(str(authorities))
        system_of = staticmethod(partial(ServiceSystem, redis=redis, authorities=authorities))
        yield type("ServiceWalks", (Walks,), {"system_of": system_of})


class ServiceSystem:
    """``caching``: clients want no cached page, each replica has a memory, or both have nothing but Redis.

    ``authorities``: one alone to trust, because reading all of the system's takes longer than the rest of a start.
    """

    attempts: int = UpstreamOptions().attempts

    def __init__(
        self,
        lists: Mapping[str, SimulatedList],
        configuration: Configuration,
        caching: Caching,
        *,
        redis: RedisServer,
        authorities: Path,
    ) -> None:
        self.lists = lists
        self._caching = caching
        self._redis = redis
        self._authorities = authorities
        self._configurations = [configuration, configuration]
        self._urls = ["", ""]
        self._replicas: list[AsyncExitStack] = []
        self._standing: set[asyncio.Task[Any]] = set()
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        redis.command("FLUSHALL")
        self._runner.run(self._open())

    def close(self) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def flush(self) -> None:
        if self._caching == "shared":
            self._redis.command("FLUSHALL")
        if self._caching == "own":
            self._runner.run(self._start(0, 1))

    def advance(self, seconds: float) -> bool:
        return False

    def configure(self, replica: int, configuration: Configuration) -> None:
        if configuration != self._configurations[replica]:
            self._configurations[replica] = configuration
            self._runner.run(self._start(replica))

    def page(self, replica: int, cursor: str | None, limit: int, *, tenant: str = "acme") -> Answer:
        before = {name: listed.calls for name, listed in self.lists.items()}
        answer = self._runner.run(self._get(replica, cursor, limit, tenant))
        calls = {name: listed.calls - before[name] for name, listed in self.lists.items()}
        return Answer(answer.status_code, answer.json(), calls)

    async def _open(self) -> None:
        client = httpx.AsyncClient(trust_env=False, verify=False, timeout=30)  # nothing here is TLS
        self._client = await self._stack.enter_async_context(client)
        usual, other = [await self._stack.enter_async_context(serve(self.lists)) for _ in range(2)]
        self._addresses = {name: (usual[name].url, other[name].url) for name in self.lists}
        await self._start(0, 1)

    async def _start(self, *replicas: int) -> None:
        """In place of the replicas before, which are closed at the end: closing takes a while."""
        for replica in replicas:
            stack = AsyncExitStack()
            self._replicas.append(stack)
            metrics = Metrics()
            served = await stack.enter_async_context(serving(self._config(replica), metrics, metrics))
            self._urls[replica] = f"http://127.0.0.1:{served.port}{PATH}"
        self._standing = asyncio.all_tasks()

    async def _close(self) -> None:
        await self._client.aclose()
        await asyncio.gather(*(replica.aclose() for replica in self._replicas))
        await self._stack.aclose()

    async def _get(self, replica: int, cursor: str | None, limit: int, tenant: str) -> httpx.Response:
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        headers = {"x-api-key": TENANTS[tenant], **({"cache-control": "no-cache"} if self._caching == "off" else {})}
        answer = await self._client.get(self._urls[replica], params=query, headers=headers)
        # a page that is written to Redis behind a flush would be an old one
        while behind := asyncio.all_tasks() - self._standing - {asyncio.current_task()}:
            await asyncio.wait(behind)
        return answer

    def _config(self, replica: int) -> Config:
        configuration = self._configurations[replica]
        files = {f"{name}.yaml": _spec(one) for name, one in configuration.providers.items()}
        files["single.yaml"] = spec_text("single")
        files["gateway.yaml"] = yaml.dump(self._sections(configuration), Dumper=yaml.CSafeDumper)
        return load(Path("gateway.yaml"), environ={}, read=lambda path, _: files[path.name].encode())

    def _sections(self, configuration: Configuration) -> Section:
        names = [*configuration.providers, SWITCHED_OFF]
        return {
            "server": {"port": 0, "metrics_port": 0},
            "cursor": {
                "keys": [encode(SECRETS[key]) for key in configuration.keys],
                "format": configuration.version,
            },
            "cache": self._cache(),
            "tenants": {name: {"keys": [digest(key)], "providers": [*names]} for name, key in TENANTS.items()},
            "providers": {
                SWITCHED_OFF: _SWITCHED_OFF,
                **{name: self._provider(name, one) for name, one in configuration.providers.items()},
            },
        }

    def _cache(self) -> Section:
        shared = {"url": self._redis.url, "memory": 0, "timeout": "10s"} if self._caching == "shared" else {}
        return {"fresh": FRESH, **shared}

    def _provider(self, name: str, one: Declared) -> Section:
        return {
            "type": f"{name}.yaml",
            "base_url": self._addresses[name][one.edited],
            "params": {"list": name},
            "headers": {"x-credential": str(one.credential)},
            "timeout": TIMEOUT,
            "tls": {"ca": str(self._authorities)},
            **({} if one.upstream.style == "single" else {"page_size": one.upstream.page_size}),
        }


_SWITCHED_OFF = {"enabled": False, "type": "single.yaml", "base_url": "http://127.0.0.1:9", "params": {"list": "none"}}


def _spec(one: Declared) -> str:
    return spec_text(one.upstream.style, stable_order=one.upstream.promised, **one.upstream.pagination)
