"""KrakenD, community edition (https://github.com/devopsfaith/krakend-ce): built as a Go module, and started.

What it gets is its best case: one core, no log, no authentication, no header rewritten, and the three lists side by
side in one object, which it merges without touching an item. It calls home by default; here it does not.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import orjson

from loadtests.bench.baselines.given import PATH
from loadtests.bench.cores import MEASURED
from loadtests.bench.processes import child, free_port, wait_until_ready
from loadtests.bench.stage import Server, Stage, Upstreams
from loadtests.bench.wrk import ROOT

_HERE = Path(__file__).parent
_BINARY = ROOT / "build" / "peers" / "krakend"
_PACKAGE = "github.com/devopsfaith/krakend-ce/cmd/krakend-ce"
#: one thread runs Go code at a time, and nothing is told to its makers
_ENVIRONMENT = {"GOMAXPROCS": "1", "USAGE_DISABLE": "1", "GIN_MODE": "release"}


class NotBuilt(Exception):
    """The message says what is missing."""


def build() -> Path:
    """The program, built where it is not there yet: minutes the first time. Raises ``NotBuilt``."""
    if _BINARY.exists():
        return _BINARY
    if not shutil.which("go"):
        raise NotBuilt("go is not on PATH: install Go 1.21 or later (https://go.dev/dl), or the package golang-go")
    built = subprocess.run(
        ["go", "build", "-trimpath", "-o", str(_BINARY), _PACKAGE],  # noqa: S607  # the user's own go
        cwd=_HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise NotBuilt(f"go build failed; its modules have to be within reach:\n{built.stderr[-2000:]}")
    return _BINARY


def start(stage: Stage, binary: Path, upstreams: Upstreams, *, cached: bool) -> Server:
    port = free_port()
    config = stage.file("krakend.json")
    config.write_bytes(_config(port, upstreams.ports, cached=cached))
    command = [str(binary), "run", "--config", str(config)]
    log = stage.file("krakend.log")
    started = stage.stack.enter_context(child(command, core=MEASURED, log=log, environment=_ENVIRONMENT))
    return Server(started, port, wait_until_ready(started, port, PATH))


def _config(port: int, upstreams: Sequence[int], *, cached: bool) -> bytes:
    """``krakend.json`` with other ports, and without its caches where nothing is to be ``cached``."""
    config = orjson.loads((_HERE / "krakend.json").read_bytes())
    config["port"] = port
    for backend, upstream in zip(config["endpoints"][0]["backend"], upstreams, strict=True):
        backend["host"] = [f"http://127.0.0.1:{upstream}"]
        if not cached:
            del backend["extra_config"]
    content: bytes = orjson.dumps(config)
    return content
