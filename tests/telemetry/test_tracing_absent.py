"""Without an endpoint nothing is traced and nothing is paid; an endpoint without the extra is refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.api.edge import Edge
from gateway.api.health import Readiness
from gateway.app import open_gateway
from gateway.config.cursor_keys import decode
from gateway.core.clock import SystemClock
from gateway.core.events import ignore
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Callee, Untraced
from tests.config.writing import CURSOR_KEY, ENVIRON, VALID, loaded, problems, written

SERVE = """
import asyncio, sys
if sys.argv[1:] == ["without"]:
    sys.modules["opentelemetry"] = None
from tests.functional.world import replica, world

async def main():
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        print(len((await gateway.page(limit=5))["items"]))

asyncio.run(main())
print(*sorted(sys.modules))
"""
WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from gateway.cli import main
sys.exit(main(["check", "--config", sys.argv[1]]))
"""


def python(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=ENVIRON, capture_output=True, text=True, timeout=50, check=False
    )


def test_the_extra_need_not_be_installed() -> None:
    assert python(SERVE, "without").stdout.startswith("5\n")


def test_what_makes_and_sends_traces_is_not_even_imported() -> None:
    items, modules = python(SERVE).stdout.splitlines()
    assert items == "5"
    # redis-py imports the interface for metrics wherever it is installed; nothing of that is called
    unwanted = {"gateway.telemetry.otel", "opentelemetry.sdk.trace", "opentelemetry.exporter", "requests"}
    assert unwanted.isdisjoint(modules.split())


async def test_every_seam_is_as_it_was(tmp_path: Path) -> None:
    opened = open_gateway(
        loaded(tmp_path, VALID),
        readiness=Readiness(),
        spare_key=decode(CURSOR_KEY),
        metrics=Metrics(),
        clock=SystemClock(),
        observer=ignore,
    )
    async with opened as gateway:
        assert isinstance(gateway.public, Edge)


def test_what_is_not_traced_is_not_wrapped() -> None:
    anything: Any = object()
    untraced = Untraced()
    callee = Callee("b3os", "https://b3os.test", "/v1")
    seams: list[Callable[[Any], object]] = [
        untraced.observing,
        untraced.serving,
        untraced.asking,
        untraced.asking_ahead,
        untraced.attempting(callee),
    ]
    assert all(seam(anything) is anything for seam in seams)


def test_an_endpoint_without_the_extra_is_refused_with_its_remedy(tmp_path: Path) -> None:
    path = written(tmp_path, VALID + "tracing:\n  endpoint: http://127.0.0.1:4318\n")
    refused = python(WITHOUT, str(path))
    assert refused.returncode == 2
    assert "gateway.yaml:12: tracing.endpoint: needs what is not installed: pip install" in refused.stderr


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://user:canary@collector"])
def test_an_endpoint_is_a_plain_url(endpoint: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"{VALID}tracing:\n  endpoint: '{endpoint}'\n")
    assert "tracing.endpoint" in problem
    assert "canary" not in problem


@pytest.mark.parametrize("sample", ["-0.1", "1.1", ".nan", "often"])
def test_a_share_is_from_0_to_1(sample: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"{VALID}tracing:\n  sample: {sample}\n")
    assert "tracing.sample" in problem
