"""The load generator: wrk (https://github.com/wg/wrk), closed-loop, one thread."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.bench.cores import LOAD, on
from loadtests.bench.processes import Child
from loadtests.bench.samples import Sample

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
_SCRIPT = Path(__file__).with_name("load.lua")
#: where scripts/fetch-tools puts what it takes out of Debian's packages
_FETCHED = ROOT / "build" / "tools"


class LoadFailed(Exception):
    """The load generator is missing, or did not get what it asked for."""


def drive(
    server: Child, url: str, *, headers: Mapping[str, str], requests: Path | None, seconds: float, connections: int
) -> Sample:
    """What ``server`` did in that time for requests to ``url``, or for those in a file as ``write_requests`` writes it.

    Raises ``LoadFailed`` where anything but a 2xx or 3xx came back.
    """
    before = server.cpu()
    command = [
        _binary(),
        "--threads",
        "1",
        "--connections",
        str(connections),
        "--duration",
        f"{max(1, round(seconds))}s",
    ]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    with on(LOAD):
        ran = subprocess.run(
            [*command, "--timeout", "10s", "--script", str(_SCRIPT), url],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, **_environment(requests)},
        )
    used = server.cpu() - before
    told = [line.removeprefix("RESULT ") for line in ran.stdout.splitlines() if line.startswith("RESULT ")]
    if not told:
        raise LoadFailed(f"wrk: {ran.stdout}{ran.stderr}")
    result = json.loads(told[0])
    if result["errors"] or not result["requests"]:
        raise LoadFailed(f"wrk counted {result['errors']} errors in {result['requests']} requests to {url}")
    return Sample(result["requests"], result["seconds"], used)


def write_requests(path: Path, port: int, target: str, header_sets: Sequence[Mapping[str, str]]) -> Path:
    """A file of one request for each set of headers."""
    with path.open("wb") as file:
        for headers in header_sets:
            lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{n}: {v}" for n, v in headers.items())]
            file.write("\r\n".join([*lines, "", ""]).encode() + b"\0")
    return path


def _binary() -> str:
    found = shutil.which("wrk") or shutil.which("wrk", path=str(_FETCHED))
    if not found:
        raise LoadFailed("wrk is missing: run scripts/fetch-tools wrk, or install the package wrk")
    return found


def _environment(requests: Path | None) -> dict[str, str]:
    libraries = {"LD_LIBRARY_PATH": str(_FETCHED)} if not shutil.which("wrk") else {}
    return {**libraries, **({"BENCH_REQUESTS": str(requests)} if requests else {})}
