"""Traces are switched on and off, and sent elsewhere, without a restart."""

from functools import partial
from pathlib import Path

import httpx

from gateway.api.health import Readiness
from gateway.app import open_gateway
from gateway.config import Config, load
from gateway.core.clock import SystemClock
from gateway.core.events import ignore
from gateway.reload import Current
from gateway.telemetry.metrics import Metrics
from tests.functional.world import ENDPOINT, world

from .collector import SERVER, collector


def config(text: str) -> Config:
    return load(Path("test.yaml"), {}, read=lambda _path, _limit: text.encode())


async def test_each_config_sends_its_traces_where_it_says() -> None:
    made = partial(
        open_gateway,
        readiness=Readiness(),
        spare_key=bytes(64),
        metrics=Metrics(),
        clock=SystemClock(),
        observer=ignore,
    )
    current = Current(open_=made)
    async with (
        world() as upstreams,
        collector() as one,
        collector() as other,
        httpx.AsyncClient(transport=httpx.ASGITransport(current.public), base_url="http://gateway") as client,
    ):
        for tracing in ("{}", one.config(), other.config(), other.config(), "{}"):
            await current.switch(config(upstreams.config(tracing=tracing)))
            assert (await client.get(ENDPOINT)).status_code == httpx.codes.OK
        await one.until(1, SERVER)
        await other.until(2, SERVER)
        await current.aclose()
    assert (len(one.of(SERVER)), len(other.of(SERVER))) == (1, 2)
