"""Child processes: started on a core, asked what they have used, ended at the end."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loadtests.bench.cores import on

START_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024


class NotStarted(Exception):
    """A process that was to be measured did not come up; the message holds the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Child:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout
        return self.process.stdout

    @property
    def input(self) -> IO[bytes]:
        assert self.process.stdin
        return self.process.stdin

    def cpu(self) -> float:
        """Seconds of CPU so far, in user and kernel mode, its descendants included."""
        return sum(_cpu(pid) for pid in _tree(self.pid))

    def resident(self) -> float:
        """MiB of memory in use now, its descendants included."""
        return sum(_resident(pid) for pid in _tree(self.pid)) / _KIB


@contextmanager
def child(
    command: Sequence[str],
    *,
    core: int | None,
    log: Path,
    piped: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Child]:
    """A process whose standard error, and output where that is not ``piped``, goes to the file ``log``."""
    with log.open("wb") as sink, on(core):
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else sink,
            stderr=sink,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield Child(process, log)
    finally:
        process.terminate()
        _wait(process)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(started: Child, port: int, path: str) -> float:
    """Seconds until it answered with 200; raises ``NotStarted``."""
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS:
        if started.process.poll() is not None:
            break
        if _answers(port, path):
            return time.monotonic() - began
        time.sleep(0.005)
    told = started.log.read_bytes()[-2000:].decode(errors="replace")
    raise NotStarted(f"{started.process.args!r} did not answer at port {port}:\n{told}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(pid: int) -> list[int]:
    found = [pid]
    for known in found:
        for children in Path(f"/proc/{known}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def _cpu(pid: int) -> float:
    """Fields 14 to 17 of proc(5), stat: of the process, and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _resident(pid: int) -> int:
    return _status(pid, "VmRSS")


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
