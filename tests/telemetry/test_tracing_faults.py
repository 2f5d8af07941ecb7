"""A collector that is not there, or does not answer: requests and the end of the gateway are as they were."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.telemetry.otel import FLUSH_SECONDS
from tests.functional.world import replica, world


@contextmanager
def nobody() -> Iterator[int]:
    """A port where connections are refused."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


@pytest.mark.parametrize("collector", [nobody, silent])
async def test_no_request_and_no_end_waits_for_a_collector(collector: object) -> None:
    assert callable(collector)
    with collector() as port:
        tracing = f"{{endpoint: 'http://127.0.0.1:{port}', sample: 1}}"
        async with world() as upstreams:
            async with replica(upstreams.config(tracing=tracing)) as gateway:
                walk = await gateway.walk([7])
                began = time.monotonic()
            took = time.monotonic() - began
            assert set(walk.ids) == set(upstreams.expected())
    assert took < FLUSH_SECONDS + 2
    for thread in threading.enumerate():  # which nobody but another test would mind
        if thread.name.startswith("OtelBatch"):
            thread.join(10)
