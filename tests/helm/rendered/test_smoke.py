"""What `helm test` runs, against a gateway that has the rendered configuration."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.functional.process import gateway_process
from tests.functional.test_lifecycle import free_port
from tests.helm.places import values

from .chart import Object, only, rendered
from .mounted import ELSEWHERE

FOLDER = "/var/run/secrets/knowledge-gateway"


def smoke(name: str) -> Object:
    found: Object = only(rendered(values(name)), "Pod")["spec"]["containers"][0]
    return found


def config(folder: Path, name: str) -> str:
    """As in the config map, with the secrets where a test may put them."""
    for key, value in ELSEWHERE["knowledge-gateway"].items():
        (folder / key).write_text(value)
    text: str = only(rendered(values(name)), "ConfigMap")["data"]["gateway.yaml"]
    return text.replace(FOLDER, str(folder))


async def run(*addresses: str) -> tuple[int | None, str]:
    command, script = smoke("providers-and-secret")["command"], smoke("providers-and-secret")["args"][0]
    assert command == ["python3", "-c"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *addresses, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


def test_it_asks_the_services_of_the_release() -> None:
    name = "knowledge-knowledge-store-gateway"
    assert smoke("providers-and-secret")["args"][1:] == [f"{name}:80", f"{name}-metrics:9090"]
    assert smoke("switched-off")["args"][1:] == [f"{name}:80"]
    assert smoke("placed")["args"][1:] == ["knowledge:8443", "knowledge-metrics:9090"]


def test_it_runs_for_helm_test_alone() -> None:
    metadata = only(rendered(values("providers-and-secret")), "Pod")["metadata"]
    assert metadata["annotations"]["helm.sh/hook"] == "test"


async def test_a_gateway_with_the_rendered_config_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B3OS_TOKEN", "hidden")
    metrics = str(free_port())
    place = ("--host", "127.0.0.1", "--port", "0", "--metrics-port", metrics)
    async with gateway_process(tmp_path, config(tmp_path, "providers-and-secret"), *place) as gateway:
        api = (await gateway.url()).removeprefix("http://")
        code, said = await run(api, f"127.0.0.1:{metrics}")
        assert (code, said.count(": 200\n"), said.count(": 401\n")) == (0, 3, 1), said


async def test_where_nobody_listens_it_fails_and_says_where() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    code, said = await run(nowhere)
    assert code == 1
    assert said.startswith(f"{nowhere}/healthz: ")
