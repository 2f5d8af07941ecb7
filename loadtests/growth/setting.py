"""What a curve has running: the synthetic upstreams for all of them, and for each its own gateways and Redis."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from gateway.api.keys import digest, new_key
from gateway.config.cursor_keys import new_cursor_key
from loadtests.bench.cores import LOAD, MEASURED, on
from loadtests.bench.processes import child
from loadtests.replica import Replica, gateway
from tests.support.redis_servers import RedisServer, binaries

SPECS = Path(__file__).with_name("specs")
COLD = {"memory": 0, "fresh": "0s", "revalidate": "0s", "if_error": "0s"}
KEPT = {"fresh": "1h"}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lists:
    """Providers that are alike: how many, their style, and what their lists hold."""

    count: int
    style: str = "offset"
    total: int = 100_000
    padding: int = 100
    length: int = 40
    """Of a token."""
    page_size: int = 100
    prefix: str = "list"

    def names(self) -> list[str]:
        return [f"{self.prefix}-{number:03}" for number in range(self.count)]

    def provider(self, port: int) -> Fields:
        lengths = {"length": str(self.length)} if self.style == "token" else {}
        return {
            "type": str(SPECS / f"{self.style}.yaml"),
            "base_url": f"http://127.0.0.1:{port}",
            "params": {"total": str(self.total), "padding": str(self.padding), **lengths},
            "page_size": self.page_size,
        }


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one gateway."""

    lists: tuple[Lists, ...]
    cache: Mapping[str, Any] = field(default_factory=dict)
    redis: str | None = None
    level: str = "error"
    """Of the log: `error` writes no request line, `info` writes one each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """``folder`` takes configurations and logs; ``port`` is the upstreams'."""

    folder: Path
    port: int

    @contextmanager
    def gateway(self, settings: Settings, keys: tuple[str, ...] = ()) -> Iterator[Replica]:
        config = self.folder / "gateway.json"
        config.write_bytes(orjson.dumps(self._config(settings, keys)))
        with gateway(config, core=MEASURED, log=self.folder / "gateway.log") as replica:
            yield replica

    @contextmanager
    def redis(self) -> Iterator[RedisServer]:
        with on(LOAD), RedisServer(next(iter(binaries().values()))) as server:
            yield server

    def _config(self, settings: Settings, keys: tuple[str, ...]) -> Fields:
        providers = {name: lists.provider(self.port) for lists in settings.lists for name in lists.names()}
        who: Fields = {"anonymous": {"providers": list(providers)}}
        if keys:
            who = {"tenants": {f"team-{n}": _tenant(n, key, settings.lists) for n, key in enumerate(keys)}}
        return {
            "server": {"drain": "0s"},
            "log": {"level": settings.level},
            "environment": "growth",
            "cursor": {"keys": [new_cursor_key()]},
            "cache": {**settings.cache, **({"url": settings.redis} if settings.redis else {})},
            "providers": providers,
            **who,
        }


def _tenant(number: int, key: str, lists: tuple[Lists, ...]) -> Fields:
    """Each after the first has lists of its own, a little longer, so that nothing kept for one serves another."""
    params = {name: {"total": str(one.total + number)} for one in lists for name in one.names()}
    return {"keys": [digest(key)], "providers": list(params), "params": params}


@contextmanager
def setting(folder: Path) -> Iterator[Setting]:
    folder.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, {LOAD})  # whoever asks is not to sit on the core of what is measured
    command = [sys.executable, "-m", "loadtests.growth.upstream"]
    with child(command, core=LOAD, log=folder / "upstream.log", piped=True) as upstream:
        yield Setting(folder, int(upstream.output.readline()))


def new_keys(count: int) -> tuple[str, ...]:
    return tuple(new_key() for _ in range(count))
