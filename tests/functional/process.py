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
    """``lines`` of its log so far, read as they come: a process that nobody listens to stands still."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes = b""
    _unseen: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self._listening = asyncio.create_task(self._listen())

    async def line(self, stage: str) -> dict[str, Any]:
        """The next line of the log about a stage of its life."""
        return await self._next("stage", stage)

    async def event(self, name: str) -> dict[str, Any]:
        """The next line of the log about an event of that name."""
        return await self._next("event", name)

    async def _next(self, field: str, value: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while line := await self._unseen.get():
                if line.get(field) == value:
                    return line
        raise AssertionError(f"the log ended before {value}")

    async def _listen(self) -> None:
        """To the end of the log. Every line must be JSON."""
        assert self.process.stdout
        async for written in self.process.stdout:
            self.raw += written
            self.lines.append(orjson.loads(written))
            self._unseen.put_nowait(self.lines[-1])
        self._unseen.put_nowait(None)

    async def url(self) -> str:
        """Where it listens, once it says so."""
        ready = await self.line("ready")
        return f"http://{ready['detail'].rpartition(' ')[2]}"

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, with the rest of its log read."""
        async with asyncio.timeout(20):
            while await self._unseen.get():
                pass
            return await self.process.wait()

    async def close(self) -> None:
        """Once its output has ended, because it has or was made to."""
        await self._listening
        await self.process.communicate()


@asynccontextmanager
async def gateway_process(folder: Path, config: str, *arguments: str) -> AsyncIterator[GatewayProcess]:
    path = folder / "gateway.yaml"
    path.write_text(config)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "--config", str(path), *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    gateway = GatewayProcess(process)
    try:
        yield gateway
    finally:
        if process.returncode is None:
            process.kill()
        await gateway.close()
