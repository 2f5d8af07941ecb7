"""One gateway as it is run, for a load test: started on a port of its own, measured from outside, ended."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.processes import Child, child, free_port, wait_until_ready


@dataclass(frozen=True, slots=True)
class Replica:
    """``ready_after``: seconds from its start until it was ready."""

    child: Child
    port: int
    ready_after: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_files(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.child.pid}/fd").iterdir())


@contextmanager
def gateway(config: Path, *, core: int, log: Path) -> Iterator[Replica]:
    """Ready to be asked, and without a metrics port. Raises ``NotStarted``."""
    port = free_port()
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    with child([*command, "--port", str(port), "--metrics-port", "0"], core=core, log=log) as process:
        yield Replica(process, port, wait_until_ready(process, port, "/readyz"))
