"""Starting, stopping, what is logged, and standing behind an ingress."""

import asyncio
import signal
import socket
from pathlib import Path

import httpx
import pytest

from gateway.demo import credentials
from gateway.service import bound
from tests.functional.process import gateway_process
from tests.functional.world import ENDPOINT, replica, world


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_sigterm_says_not_ready_first_finishes_what_is_in_flight_and_ends_clean(tmp_path: Path) -> None:
    private = free_port()
    server = f"{{port: 0, metrics_port: {private}, drain: 500ms}}"
    async with world() as upstreams, gateway_process(tmp_path, upstreams.config(server=server)) as gateway:
        url = await gateway.url()
        hanging = upstreams.upstreams["b3os"]
        hanging.faults.hang = True
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            assert (await client.get(f"{url}/readyz")).status_code == 200
            request = asyncio.create_task(client.get(f"{url}{ENDPOINT}"))
            await hanging.calls.until_in_flight(1)
            gateway.send(signal.SIGTERM)
            await gateway.line("draining")
            for port in (url, f"http://127.0.0.1:{private}"):
                assert (await client.get(f"{port}/readyz")).status_code == 503
                assert (await client.get(f"{port}/healthz")).status_code == 200
            hanging.faults.release()
            answer = await request
        assert (answer.status_code, answer.json()["complete"]) == (200, True)
        assert await gateway.ended() == 0
        assert gateway.lines[-1]["stage"] == "stopped"


async def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    async with (
        world() as upstreams,
        gateway_process(tmp_path, upstreams.config(server="{port: 0, metrics_port: 0, drain: 10m}")) as gateway,
    ):
        await gateway.url()
        gateway.send(signal.SIGTERM)
        await gateway.line("draining")
        gateway.send(signal.SIGTERM)
        assert await gateway.ended() == 0


async def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        async with world() as upstreams, gateway_process(tmp_path, upstreams.config(), "--port", port) as gateway:
            assert await gateway.ended() == 1
            assert f"cannot listen on 127.0.0.1:{port}" in gateway.lines[-1]["detail"]


async def test_the_log_is_json_without_probes_secrets_cursors_or_queries(tmp_path: Path) -> None:
    async with world() as upstreams, gateway_process(tmp_path, upstreams.config()) as gateway:
        url = await gateway.url()
        upstreams.upstreams["b3os"].faults.body = "html"
        async with httpx.AsyncClient(trust_env=False, base_url=url) as client:
            await client.get("/healthz")
            await client.get("/readyz")
            page = (await client.get(ENDPOINT, params={"limit": 3})).json()
            await client.get(ENDPOINT, params={"cursor": page["next_cursor"], "limit": 77})
            await client.get(ENDPOINT, params={"cursor": "CANARY"}, headers={"authorization": "Bearer CANARY"})
        gateway.send(signal.SIGINT)
        assert await gateway.ended() == 0
        access = [line for line in gateway.lines if line["event"] == "request"]
        assert [(line["route"], line["status"]) for line in access] == [
            (ENDPOINT, 200),
            (ENDPOINT, 200),
            (ENDPOINT, 401),
        ]
        assert {line["level"] for line in gateway.lines if line["event"] == "provider_failed"} == {"warning"}
        secrets = [
            credentials.AITRONOS_TOKEN, credentials.SCALE_DEX_API_KEY, credentials.SCALE_DEX_ACCOUNT,
            credentials.B3OS_TOKEN, "CANARY", page["next_cursor"], "limit=77", "<html",
        ]  # fmt: skip
        assert [secret for secret in secrets if secret.encode() in gateway.raw] == []


@pytest.mark.parametrize("prefix", ["", "/team/knowledge"], ids=["stripped", "kept"])
async def test_behind_an_ingress_links_carry_the_prefix_whether_it_is_stripped_or_kept(prefix: str) -> None:
    server = "{port: 0, metrics_port: 0, base_path: /team/knowledge, trusted_proxies: [127.0.0.0/8]}"
    async with world() as upstreams, replica(upstreams.config(server=server)) as gateway:
        forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
        answer = await gateway.client.get(prefix + ENDPOINT, headers=forwarded)
        assert answer.links["next"]["url"].startswith(f"/team/knowledge{ENDPOINT}?cursor=")
        (finished,) = [event for event in gateway.events if type(event).__name__ == "RequestFinished"]
        assert finished.client == "203.0.113.9"  # type: ignore[union-attr]


async def test_a_proxy_that_is_not_trusted_is_not_believed() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        await gateway.get({"x-forwarded-for": "203.0.113.9"})
        (finished,) = [event for event in gateway.events if type(event).__name__ == "RequestFinished"]
        assert finished.client == "127.0.0.1"  # type: ignore[union-attr]
