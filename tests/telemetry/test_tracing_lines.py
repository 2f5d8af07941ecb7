"""A line of the log says to which trace it belongs, where there is one."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.config import load
from gateway.core.clock import SystemClock
from gateway.service import serving
from gateway.telemetry.logs import configure
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.observers import fan_out
from gateway.telemetry.options import LogOptions
from tests.functional.world import ENDPOINT, World, world

from .collector import SERVER, Collector, collector


@pytest.fixture(autouse=True)
def _libraries() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def lines(upstreams: World, **sections: str) -> list[dict[str, Any]]:
    """The log of a gateway that is asked for one page."""
    config, stream, metrics = upstreams.config(**sections).encode(), io.BytesIO(), Metrics()
    observer = fan_out(metrics, configure(LogOptions(level="debug"), clock=SystemClock(), stream=stream))
    loaded = load(Path("test.yaml"), {}, read=lambda _path, _limit: config)
    async with (
        serving(loaded, metrics, observer) as served,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", trust_env=False) as client,
    ):
        await client.get(ENDPOINT)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def logged(traces: Collector) -> list[dict[str, Any]]:
    """With one provider that fails."""
    async with world() as upstreams:
        upstreams.b3os.faults.status = 403
        return await lines(upstreams, tracing=traces.config())


async def test_the_lines_of_a_request_name_its_span() -> None:
    async with collector() as traces:
        said = await logged(traces)
    (request,) = traces.of(SERVER)
    named = {line["event"]: (line["trace_id"], line["span_id"]) for line in said if line.get("request_id")}
    ids = (request.trace_id.hex(), request.span_id.hex())
    assert named == {"request": ids, "provider_failed": ids}


async def test_the_line_of_a_call_names_the_span_of_the_attempt() -> None:
    async with collector() as traces:
        said = await logged(traces)
    (attempt,) = traces.attempts("b3os")
    (call,) = [line for line in said if line["event"] == "upstream_call" and line["provider"] == "b3os"]
    assert (call["trace_id"], call["span_id"]) == (attempt.trace_id.hex(), attempt.span_id.hex())


async def test_they_are_named_also_where_the_trace_is_not_kept() -> None:
    async with collector() as traces, world() as upstreams:
        said = await lines(upstreams, tracing=traces.config(sample=0))
    assert [len(line["trace_id"]) for line in said if line["event"] == "request"] == [32]
    assert traces.spans == []


async def test_other_lines_name_none() -> None:
    async with collector() as traces:
        said = await logged(traces)
    assert not [line for line in said if line["event"] == "lifecycle" and "trace_id" in line]


async def test_without_traces_no_line_names_any() -> None:
    async with world() as upstreams:
        said = await lines(upstreams)
    assert not [line for line in said if "trace_id" in line or "span_id" in line]
