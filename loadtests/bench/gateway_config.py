"""Configurations of the gateway for the bench: public settings alone, written as JSON, which YAML is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gateway.api.keys import digest, new_key
from gateway.config.cursor_keys import new_cursor_key
from gateway.demo import credentials
from loadtests.bench.baselines.given import Call

#: items asked for at a time, on both sides of every comparison
PAGE_SIZE = 20
COLD = {"memory": 0, "fresh": "0s", "revalidate": "0s", "if_error": "0s"}
#: every look-up misses, and every page is written
WRITING = {"memory": 0, "fresh": "1ms", "revalidate": "0s", "if_error": "0s"}
KEPT = {"fresh": "1h"}

_REACHED: dict[str, dict[str, Any]] = {
    "aitronos": {
        "params": {"organization_id": credentials.AITRONOS_ORGANIZATION},
        "credentials": {"token": credentials.AITRONOS_TOKEN},
    },
    "scale-dex": {
        "params": {"project_id": credentials.SCALE_DEX_PROJECT},
        "credentials": {"api_key": credentials.SCALE_DEX_API_KEY, "account_id": credentials.SCALE_DEX_ACCOUNT},
    },
    "b3os": {
        "params": {"organization_id": credentials.B3OS_ORGANIZATION},
        "credentials": {"token": credentials.B3OS_TOKEN},
    },
}
_CALLS = {
    "aitronos": (
        f"/v1/organizations/{credentials.AITRONOS_ORGANIZATION}/knowledge/stores?limit={{size}}&skip=0",
        {"Authorization": f"Bearer {credentials.AITRONOS_TOKEN}"},
    ),
    "scale-dex": (
        f"/v1/projects/{credentials.SCALE_DEX_PROJECT}/vector-stores?page_size={{size}}",
        {"x-api-key": credentials.SCALE_DEX_API_KEY, "x-selected-account-id": credentials.SCALE_DEX_ACCOUNT},
    ),
    "b3os": (
        f"/v1/organizations/{credentials.B3OS_ORGANIZATION}/knowledge?limit={{size}}&offset=0",
        {"Authorization": f"Bearer {credentials.B3OS_TOKEN}"},
    ),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a row wants of the gateway; the rest is as it is by default."""

    cache: Mapping[str, Any] = field(default_factory=dict)
    redis: str | None = None
    tenants: int = 1
    page_size: int = PAGE_SIZE
    level: str = "error"
    """Of the log: ``error`` writes no request line, ``info`` writes one each."""


@cache
def api_keys(count: int) -> tuple[str, ...]:
    return tuple(new_key() for _ in range(count))


@cache
def _cursor_key() -> str:
    return new_cursor_key()


def write_config(
    path: Path, upstreams: Sequence[tuple[str, int]], settings: Settings, *, ports: tuple[int, int]
) -> Path:
    """``upstreams`` are types and ports; ``ports`` the public one and that of the metrics."""
    providers = {
        f"{kind}-{number}": {
            "type": kind,
            "base_url": f"http://127.0.0.1:{port}",
            "page_size": settings.page_size,
            "max_concurrency": 10_000,
            **_REACHED[kind],
        }
        for number, (kind, port) in enumerate(upstreams)
    }
    keys = api_keys(settings.tenants)
    content = {
        "server": {"port": ports[0], "metrics_port": ports[1]},
        "environment": "bench",
        "log": {"level": settings.level},
        "cursor": {"keys": [_cursor_key()]},
        "cache": {**settings.cache, **({"url": settings.redis} if settings.redis else {})},
        "providers": providers,
        "tenants": {
            f"tenant-{number}": {"keys": [digest(key)], "providers": list(providers)} for number, key in enumerate(keys)
        },
    }
    path.write_bytes(orjson.dumps(content))
    return path


def calls(upstreams: Sequence[tuple[str, int]], size: int = PAGE_SIZE) -> list[Call]:
    """The upstream calls of one page, as whoever writes an aggregator by hand makes them."""
    return [
        Call(f"http://127.0.0.1:{port}{_CALLS[kind][0].format(size=size)}", _CALLS[kind][1]) for kind, port in upstreams
    ]
