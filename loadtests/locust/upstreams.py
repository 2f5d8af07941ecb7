"""The three simulated upstreams of the demo as a process: it says where they are and what they hold, and serves."""

import sys
from pathlib import Path
from typing import Any

import orjson
import uvloop

from gateway.demo.server import Served, demo_upstreams, serve_upstreams
from gateway.demo.upstream import Upstream
from gateway.service import StopSignal
from loadtests.locust.plan import Faults

NAMES = ("aitronos", "scale-dex", "b3os")


async def serve(file: Path, items: int, faults: Faults) -> None:
    """``file``: where the addresses and ids are written once they answer."""
    upstreams = demo_upstreams(items)
    for upstream in upstreams:
        _behave(upstream, faults)
    stop = StopSignal()
    with stop.handled():
        async with serve_upstreams(*upstreams) as served:
            partial = file.with_suffix(".partial")
            partial.write_bytes(orjson.dumps(_told(upstreams, served)))
            partial.rename(file)  # so that whoever waits for it never reads half of it
            await stop.wait()


def _told(upstreams: tuple[Upstream, ...], served: tuple[Served, ...]) -> dict[str, Any]:
    ids = {name: [f"{name}:{id_}" for id_ in one.corpus.ids()] for name, one in zip(NAMES, upstreams, strict=True)}
    return {"urls": {name: one.url for name, one in zip(NAMES, served, strict=True)}, "ids": ids}


def _behave(upstream: Upstream, faults: Faults) -> None:
    upstream.faults.latency = faults.latency
    upstream.faults.jitter = faults.jitter
    upstream.faults.status = faults.status
    upstream.faults.probability = faults.probability


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), Faults.model_validate_json(sys.argv[3])))
