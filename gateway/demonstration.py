"""``knowledge-gateway demo``: three simulated upstreams, the gateway in front of them, and what to try.

With ``--check`` it walks the listing in several ways, compares with what the upstreams hold, and ends.
"""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import uvloop

from gateway.config import load
from gateway.core.events import Event, RequestCrashed
from gateway.demo import credentials
from gateway.demo.server import Served as ServedUpstream, demo_upstreams, serve_upstreams
from gateway.demo.upstream import Upstream
from gateway.service import PortTaken, Served, StopSignal, serving
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.observers import fan_out

DEFAULT_PORT = 8080
DEFAULT_SIZE = 250
#: the upstreams and the metrics take the ports next to the gateway's
PORTS_ABOVE = 4
NAMES = ("aitronos", "scale-dex", "b3os")
ENDPOINT = "/v1/knowledge-stores"


def demo_config(port: int, metrics_port: int, urls: Iterable[str]) -> str:
    """The configuration of the demo, as YAML."""
    aitronos, scale_dex, b3os = urls
    return f"""\
# The gateway in front of the three simulated upstreams of `knowledge-gateway demo`. The credentials are the demo's own.
server: {{port: {port}, metrics_port: {metrics_port}}}
environment: demo
providers:
  aitronos:
    type: aitronos
    base_url: {aitronos}
    params: {{organization_id: {credentials.AITRONOS_ORGANIZATION}}}
    credentials: {{token: {credentials.AITRONOS_TOKEN}}}
  scale-dex:
    type: scale-dex
    base_url: {scale_dex}
    params: {{project_id: {credentials.SCALE_DEX_PROJECT}}}
    credentials: {{api_key: {credentials.SCALE_DEX_API_KEY}, account_id: {credentials.SCALE_DEX_ACCOUNT}}}
  b3os:
    type: b3os
    base_url: {b3os}
    params: {{organization_id: {credentials.B3OS_ORGANIZATION}}}
    credentials: {{token: {credentials.B3OS_TOKEN}}}
anonymous: {{providers: [aitronos, scale-dex, b3os]}}
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """What is running: the gateway, and each upstream with its simulated world."""

    gateway: Served
    upstreams: tuple[Upstream, ...]
    served: tuple[ServedUpstream, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}{ENDPOINT}"

    def expected(self) -> Counter[str]:
        """Every id that a walk must bring, once."""
        pairs = zip(NAMES, self.upstreams, strict=True)
        return Counter(f"{name}:{native}" for name, upstream in pairs for native in upstream.corpus.ids())


@asynccontextmanager
async def demonstration(port: int, size: int) -> AsyncIterator[Demo]:
    """The demo on ``port`` and the four after it; port 0: on free ones. Raises ``PortTaken`` or ``OSError``."""
    upstreams = demo_upstreams(size)
    ports = [port + step for step in (1, 2, 3)] if port else [0, 0, 0]
    async with serve_upstreams(*upstreams, ports=ports) as served:
        metrics_port = port + PORTS_ABOVE if port else 0
        written = demo_config(port, metrics_port, (one.url for one in served)).encode()
        config = load(Path("demo.yaml"), environ={}, read=lambda _path, _limit: written)
        metrics = Metrics()
        async with serving(config, metrics, fan_out(metrics, _say_what_goes_wrong)) as gateway:
            yield Demo(gateway, upstreams, served)


def run(port: int, size: int) -> int:
    """Serve the demo until Ctrl-C; 1 where a port cannot be had."""
    return _run(_foreground(port, size))


def check(size: int) -> int:
    """Walk the demo and compare with what its upstreams hold; 1 where anything is missing, repeated or reordered."""
    return _run(_checked(size))


def _run(work: Coroutine[Any, Any, int]) -> int:
    try:
        return uvloop.run(work)
    except (PortTaken, OSError) as error:
        print(f"{error}\nSet DEMO_PORT to another port: the demo takes it and the four after it.", file=sys.stderr)
        return 1


async def _foreground(port: int, size: int) -> int:
    stop = StopSignal()
    with stop.handled():
        async with demonstration(port, size) as demo:
            print(_welcome(demo), flush=True)
            await stop.wait()
            print("\nStopping.", flush=True)
    return 0


def _welcome(demo: Demo) -> str:
    upstreams = "\n".join(
        f"  {name:<10} {served.url:<22} {len(upstream.corpus)} items"
        for name, upstream, served in zip(NAMES, demo.upstreams, demo.served, strict=True)
    )
    hang = f"curl -X PATCH {demo.served[0].url}/_demo -d"
    return f"""\
The gateway answers at {demo.url}; metrics at http://127.0.0.1:{demo.gateway.metrics_port}/metrics

Behind it, simulated as their documents say:
{upstreams}

Try:
  curl -i '{demo.url}?limit=5'
  curl -s '{demo.url}?limit=5&provider=b3os&include=raw'
  curl -s '{demo.url}?cursor=NEXT_CURSOR'
Let one provider hang, see it reported, and heal it:
  {hang} '{{"faults": {{"hang": true}}}}'
  curl -s '{demo.url}?timeout=1' -H 'Cache-Control: no-cache'
  {hang} '{{"faults": {{"hang": false}}}}'

Ctrl-C ends everything.
"""


async def _checked(size: int) -> int:
    async with demonstration(0, size) as demo, httpx.AsyncClient(trust_env=False) as client:
        expected = demo.expected()
        first: list[str] = []
        failures = 0
        for limits in ([1], [7], [20], [100], [3, 50, 1, 100, 8]):
            walked = await _walk(client, demo.url, limits)
            first = first or walked
            wrong = _differences(expected, first, walked)
            failures += bool(wrong)
            print(
                f"limit {', '.join(map(str, limits)):<18} {len(walked)} items: {wrong or 'each exactly once, in order'}"
            )
    return 1 if failures else 0


async def _walk(client: httpx.AsyncClient, url: str, limits: list[int]) -> list[str]:
    """The ids of one walk, in order; the limits are taken in turn."""
    ids: list[str] = []
    cursor = None
    for limit in cycle(limits):
        answer = await client.get(url, params={"limit": limit, **({"cursor": cursor} if cursor else {})})
        page = answer.raise_for_status().json()
        ids += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return ids


def _differences(expected: Counter[str], first: list[str], walked: list[str]) -> str:
    """What is wrong with a walk, in words; empty where nothing is."""
    found = Counter(walked)
    faults = {
        "missing": (expected - found).total(),
        "repeated or unknown": (found - expected).total(),
        "in another order": int(walked != first),
    }
    return ", ".join(f"{count} {fault}" for fault, count in faults.items() if count)


def _say_what_goes_wrong(event: Event) -> None:
    """The demo's log: a fault of the gateway's own. What providers do wrong is in the answers."""
    if isinstance(event, RequestCrashed):
        print(f"fault in request {event.request_id}: {type(event.error).__name__}", file=sys.stderr)
