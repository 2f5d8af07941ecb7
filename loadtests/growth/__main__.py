"""``python -m loadtests.growth [CURVE …]``: measure how costs grow, print it, and draw it into ``docs/images``.

Everything runs on loopback, what is measured on one core and the rest on another. About four minutes for all of them.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from loadtests.growth.curves import bodies, capacity, cursors, providers, tenants, walk
from loadtests.growth.pictures import draw
from loadtests.growth.setting import Setting, setting
from loadtests.growth.table import Table

FOLDER = Path("build/growth")
PICTURES = Path("docs/images")
CURVES: dict[str, Callable[[Setting], Awaitable[Table]]] = {
    "capacity": capacity.measure,
    "providers": providers.measure,
    "cursors": cursors.measure,
    "tenants": tenants.measure,
    "bodies": bodies.measure,
    "walk": walk.measure,
}


def main() -> int:
    options = _parser().parse_args()
    said = f"make growth at {_commit()}"
    print(said, flush=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with setting(FOLDER) as stage:
        for name in options.curves or CURVES:
            began = time.monotonic()
            table = asyncio.run(_measured(name, stage))
            print(f"\n{table.text()}\n({name}: {time.monotonic() - began:.0f} s)", flush=True)
            draw(table, PICTURES, said)
    return 0


async def _measured(name: str, stage: Setting) -> Table:
    return await CURVES[name](stage)


def _commit() -> str:
    command = ("git", "describe", "--always", "--dirty")
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - it is written here
    return told.stdout.strip() or "an unknown commit"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.growth", description=__doc__)
    parser.add_argument("curves", nargs="*", choices=[*CURVES, []], metavar="CURVE", help=", ".join(CURVES))
    return parser


if __name__ == "__main__":
    sys.exit(main())
