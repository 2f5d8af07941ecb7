"""The gateway as a process of its own, as it is run: its log, its ports, its signals."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson


@dataclass
class GatewayProcess:
    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes = b""

    async def line(self, stage: str) -> dict[str, Any]:
        """The next line of the log about a stage of its life."""
        return await self._next("stage", stage)

    async def event(self, name: str) -> dict[str, Any]:
        """The next line of the log about an event of that name."""
        return await self._next("event", name)

    async def _next(self, field: str, value: str) -> dict[str, Any]:
        """Every line must be JSON."""
        assert self.process.stdout
        while True:
            written = await asyncio.wait_for(self.process.stdout.readline(), 20)
            assert written, f"the log ended before {value}"
            self.raw += written
            self.lines.append(orjson.loads(written))
            if self.lines[-1].get(field) == value:
                return self.lines[-1]

    async def url(self) -> str:
        """Where it listens, once it says so."""
        ready = await self.line("ready")
        return f"http://{ready['detail'].rpartition(' ')[2]}"

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, with the rest of its log read."""
        assert self.process.stdout
        rest = await asyncio.wait_for(self.process.stdout.read(), 20)
        self.raw += rest
        self.lines += [orjson.loads(written) for written in rest.splitlines()]
        return await self.process.wait()


@asynccontextmanager
async def gateway_process(folder: Path, config: str, *arguments: str) -> AsyncIterator[GatewayProcess]:
    path = folder / "gateway.yaml"
    path.write_text(config)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "--config", str(path), *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield GatewayProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
