"""A container of the image under runc, as a careful cluster runs it: read-only, no capability, nothing to gain.

There is no writable place at all, not even /tmp. By default it is in the machine's own network, where it finds the
simulated upstreams and Redis on loopback; ``alone`` gives it a loopback of its own, so that its ports are free.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.functional.process import GatewayProcess
from tests.image.archive import Image

NAME = "knowledge-gateway-under-test"
CONFIG = "/etc/knowledge-gateway/gateway.yaml"


@dataclass
class Container(GatewayProcess):
    """``line``, ``url``, ``send`` and ``ended`` as of any gateway process: runc hands on signals and exit code."""

    state: Path = Path()

    async def ask(self, *command: str) -> int:
        """The exit code of a command beside the gateway, in its container."""
        beside = await asyncio.create_subprocess_exec("runc", "--root", self.state, "exec", NAME, *command, stderr=PIPE)
        await beside.communicate()
        return beside.returncode or 0


@asynccontextmanager
async def container(folder: Path, image: Image, config: str, *, alone: bool = False) -> AsyncIterator[Container]:
    """What the image runs by itself, with ``config`` mounted where it looks for it."""
    written = folder / "gateway.yaml"
    written.write_text(config)
    command = [*image.config["Entrypoint"], *image.config["Cmd"]]
    bundle(folder, image, command, mounts=[_mount(CONFIG, "bind", str(written), "bind", "ro")], alone=alone)
    state = folder / "state"
    running = await asyncio.create_subprocess_exec(*_run(folder), stdout=PIPE, stderr=PIPE)
    started = Container(running, state=state)
    try:
        yield started
    finally:
        ending = await asyncio.create_subprocess_exec("runc", "--root", state, "delete", "--force", NAME, stderr=PIPE)
        await ending.communicate()
        await started.close()


async def output(folder: Path, image: Image, *command: str) -> str:
    """What a command of the image prints; it must succeed."""
    bundle(folder, image, command)
    running = await asyncio.create_subprocess_exec(*_run(folder), stdout=PIPE, stderr=PIPE)
    printed, complaint = await running.communicate()
    assert running.returncode == 0, complaint.decode()
    return printed.decode()


def bundle(
    folder: Path, image: Image, command: Sequence[str], *, mounts: Sequence[dict[str, Any]] = (), alone: bool = False
) -> None:
    """Write what runc is to run: the OCI runtime specification, version 1.0."""
    uid, gid = map(int, image.config["User"].split(":"))
    spaces = ["pid", "mount", "ipc", "uts", *(["network"] if alone else [])]
    description = {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.root), "readonly": True},
        "process": {
            "user": {"uid": uid, "gid": gid},
            "args": list(command),
            "env": image.config["Env"],
            "cwd": image.config["WorkingDir"],
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "mounts": [_mount("/proc", "proc", "proc"), _mount("/dev", "tmpfs", "tmpfs", "nosuid", "mode=755"), *mounts],
        "linux": {"namespaces": [{"type": space} for space in spaces]},
    }
    (folder / "config.json").write_text(json.dumps(description))


def _run(folder: Path) -> Sequence[str]:
    return ("runc", "--root", str(folder / "state"), "run", "--bundle", str(folder), NAME)


def _mount(destination: str, kind: str, source: str, *options: str) -> dict[str, Any]:
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}
