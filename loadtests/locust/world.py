"""The world of a load test on loopback: simulated upstreams, a Redis, and replicas of the gateway as they are run."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gateway.api.keys import digest, new_key
from gateway.config.cursor_keys import new_cursor_key
from gateway.demo import credentials
from loadtests.bench.cores import LOAD, MEASURED, on
from loadtests.bench.processes import START_SECONDS, child
from loadtests.locust.plan import Faults, World
from loadtests.replica import Replica, gateway
from tests.support.redis_servers import RedisServer, binaries


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been started, and the ids that each provider holds."""

    replicas: tuple[Replica, ...]
    keys: tuple[str, ...]
    expected: dict[str, list[str]]


@contextmanager
def standing(world: World, faults: Faults, folder: Path) -> Iterator[Standing]:
    """``folder`` takes the configuration and the replicas' logs."""
    with ExitStack() as stack:
        told = stack.enter_context(_upstreams(world, faults, folder))
        with on(LOAD):
            redis = stack.enter_context(RedisServer(next(iter(binaries().values())), "--maxmemory", "256mb"))
        keys = tuple(new_key() for _ in range(world.tenants))
        config = folder / "gateway.yaml"
        config.write_text(_config(told["urls"], redis.url, keys))
        replicas = [
            stack.enter_context(gateway(config, core=MEASURED, log=folder / f"gateway-{number}.log"))
            for number in range(world.replicas)
        ]
        yield Standing(tuple(replicas), keys, told["ids"])


@contextmanager
def _upstreams(world: World, faults: Faults, folder: Path) -> Iterator[dict[str, Any]]:
    file = folder / "upstreams.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "loadtests.locust.upstreams"]
    command += [str(file), str(world.items), faults.model_dump_json()]
    with child(command, core=LOAD, log=folder / "upstreams.log") as upstreams:
        until = time.monotonic() + START_SECONDS
        while not file.exists():
            if upstreams.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the simulated upstreams do not start")
            time.sleep(0.02)
        told: dict[str, Any] = orjson.loads(file.read_bytes())
        yield told


def _config(urls: dict[str, str], redis: str, keys: tuple[str, ...]) -> str:
    tenants = "\n".join(
        f'  team-{number}: {{keys: ["{digest(key)}"], providers: [aitronos, scale-dex, b3os]}}'
        for number, key in enumerate(keys)
    )
    return f"""\
server: {{drain: 0s}}
cache: {{url: "{redis}"}}
cursor: {{keys: [{new_cursor_key()}]}}
environment: load-test
providers:
  aitronos:
    type: aitronos
    base_url: {urls["aitronos"]}
    params: {{organization_id: {credentials.AITRONOS_ORGANIZATION}}}
    credentials: {{token: {credentials.AITRONOS_TOKEN}}}
  scale-dex:
    type: scale-dex
    base_url: {urls["scale-dex"]}
    params: {{project_id: {credentials.SCALE_DEX_PROJECT}}}
    credentials: {{api_key: {credentials.SCALE_DEX_API_KEY}, account_id: {credentials.SCALE_DEX_ACCOUNT}}}
  b3os:
    type: b3os
    base_url: {urls["b3os"]}
    params: {{organization_id: {credentials.B3OS_ORGANIZATION}}}
    credentials: {{token: {credentials.B3OS_TOKEN}}}
tenants:
{tenants}
"""
