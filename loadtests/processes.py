"""The processes of a load test: started, kept to one core each, measured from outside, ended.

What a process costs is what the kernel says of it (``/proc``), so it does not depend on how fast its clients are.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

HOST = "127.0.0.1"
START_SECONDS = 20
STOP_SECONDS = 10

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu`` in seconds since the process began; ``resident`` in bytes."""

    cpu: float
    resident: int

    @classmethod
    def of(cls, pid: int) -> Self:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system, resident = int(fields[11]), int(fields[12]), int(fields[21])
        return cls((user + system) / _TICK, resident * _PAGE)


@dataclass(frozen=True, slots=True)
class Cores:
    """Where things run: what is measured on one core, everything else on another, where there are two."""

    measured: int | None
    rest: int | None

    @classmethod
    def of_this_machine(cls) -> Self:
        cores = sorted(os.sched_getaffinity(0))
        return cls(cores[0], cores[1]) if len(cores) > 1 else cls(None, None)


def pin(pid: int, core: int | None) -> None:
    """Keep a process to one core; None: leave it where it is. 0 is the caller's own process."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


@contextmanager
def started(
    arguments: Sequence[str],
    *,
    core: int | None = None,
    output: int | IO[bytes] = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module with arguments, as a process that ends with this block. ``output`` takes both of its streams."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
    )
    try:
        pin(process.pid, core)
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Replica:
    """A gateway that answers. ``seconds``: how long it took from its start until it was ready."""

    pid: int
    port: int
    seconds: float

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def usage(self) -> Usage:
        return Usage.of(self.pid)

    def open_files(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@contextmanager
def gateway(config: Path, *, core: int | None = None, log: IO[bytes] | None = None) -> Iterator[Replica]:
    """The gateway as it is run, ready to be asked. It is given a port of its own and no metrics port."""
    port, began = free_port(), time.monotonic()
    arguments = ["gateway", "serve", "--config", str(config), "--port", str(port), "--metrics-port", "0"]
    with started(arguments, core=core, output=log or subprocess.DEVNULL) as process:
        _wait_until_ready(process, port)
        yield Replica(process.pid, port, time.monotonic() - began)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if _is_ready(port):
            return
        time.sleep(0.01)
    raise RuntimeError(f"the gateway is not ready ({process.poll()=})")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
