"""The whole service over loopback: simulated upstreams, one or more replicas, and a client that walks."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from gateway.config import load
from gateway.core.events import Event
from gateway.demo import credentials
from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.server import Served, serve_upstreams
from gateway.demo.upstream import Upstream
from gateway.service import serving
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.observers import fan_out

ENDPOINT = "/v1/knowledge-stores"
CURSOR_KEY = "ztqIcMwHsHXKb3zgEiw1TqHlQJEuMWPUwU4k1hE3AWUCLNRUzskIBBrFs8nTJ3KJfFEoM25HxfenBALiLqVKeg"

Page = dict[str, Any]


@dataclass
class World:
    """The three upstreams, and their servers by the name of the provider."""

    aitronos: Aitronos
    scale_dex: ScaleDex
    b3os: B3os
    served: dict[str, Served] = field(default_factory=dict)

    @property
    def upstreams(self) -> dict[str, Upstream]:
        return {"aitronos": self.aitronos, "scale-dex": self.scale_dex, "b3os": self.b3os}

    def expected(self) -> Counter[str]:
        return Counter(f"{name}:{native}" for name, one in self.upstreams.items() for native in one.corpus.ids())

    def calls(self) -> dict[str, int]:
        return {name: one.calls.total for name, one in self.upstreams.items()}

    def providers(self) -> str:
        """The ``providers`` section that reaches them."""
        return f"""
providers:
  aitronos:
    type: aitronos
    base_url: {self.served["aitronos"].url}
    params: {{organization_id: {credentials.AITRONOS_ORGANIZATION}}}
    credentials: {{token: {credentials.AITRONOS_TOKEN}}}
  scale-dex:
    type: scale-dex
    base_url: {self.served["scale-dex"].url}
    params: {{project_id: {credentials.SCALE_DEX_PROJECT}}}
    credentials: {{api_key: {credentials.SCALE_DEX_API_KEY}, account_id: {credentials.SCALE_DEX_ACCOUNT}}}
  b3os:
    type: b3os
    base_url: {self.served["b3os"].url}
    params: {{organization_id: {credentials.B3OS_ORGANIZATION}}}
    credentials: {{token: {credentials.B3OS_TOKEN}}}
"""

    def config(self, **sections: str) -> str:
        """A config for everybody, with other sections given as YAML in flow style."""
        given = {
            "server": "{port: 0, metrics_port: 0}",
            "cursor": f"{{keys: [{CURSOR_KEY}]}}",
            "anonymous": "{providers: [aitronos, scale-dex, b3os]}",
            **sections,
        }
        return "\n".join(f"{name}: {value}" for name, value in given.items()) + self.providers()


@asynccontextmanager
async def world(aitronos: int = 57, scale_dex: int = 43, b3os: int = 31) -> AsyncIterator[World]:
    made = World(Aitronos(aitronos), ScaleDex(scale_dex), B3os(b3os))
    async with serve_upstreams(*made.upstreams.values()) as served:
        made.served.update(zip(made.upstreams, served, strict=True))
        yield made


@dataclass
class Walk:
    """The pages of a walk, in order."""

    pages: list[Page] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [item["id"] for page in self.pages for item in page["items"]]


@dataclass
class Replica:
    """One running gateway and a client of it."""

    client: httpx.AsyncClient
    metrics: Metrics
    events: list[Event]

    async def get(self, headers: Mapping[str, str] | None = None, **query: Any) -> httpx.Response:
        return await self.client.get(ENDPOINT, params=query, headers=headers)

    async def page(self, **query: Any) -> Page:
        answer = await self.get(**query)
        assert answer.status_code == httpx.codes.OK, answer.text
        page: Page = answer.json()
        return page

    async def walk(self, limits: Iterable[int] = (20,), cursor: str | None = None, **query: Any) -> Walk:
        walk = Walk()
        for limit in cycle(limits):
            walk.pages.append(await self.page(limit=limit, **query, **({"cursor": cursor} if cursor else {})))
            cursor = walk.pages[-1]["next_cursor"]
            if cursor is None:
                break
        return walk


@asynccontextmanager
async def replica(config: str) -> AsyncIterator[Replica]:
    events: list[Event] = []
    metrics = Metrics()
    written = config.encode()
    loaded = load(Path("test.yaml"), environ={}, read=lambda _path, _limit: written)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serving(loaded, metrics, fan_out(metrics, events.append)))
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", trust_env=False, timeout=30)
        await stack.enter_async_context(client)
        yield Replica(client, metrics, events)


def report(page: Page, name: str) -> dict[str, Any]:
    """A provider's entry on a page."""
    found: dict[str, Any] = next(entry for entry in page["providers"] if entry["provider"] == name)
    return found
