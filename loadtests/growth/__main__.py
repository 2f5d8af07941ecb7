"""``python -m loadtests.growth [CURVE …]``: measure how costs grow, print it, and draw it into ``docs/images``.

Everything runs on loopback, what is measured on one core and the rest on another. About four minutes for all of them.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from loadtests.bench.processes import NotStarted
from loadtests.growth.clients import Refused
from loadtests.growth.curves import bodies, capacity, cursors, providers, tenants, walk
from loadtests.growth.curves.walk import Astray
from loadtests.growth.pictures import draw
from loadtests.growth.setting import Setting, setting
from loadtests.growth.table import Table

FOLDER = Path("build/growth")
PICTURES = Path("docs/images")
CURVES: dict[str, Callable[[Setting], Coroutine[Any, Any, Table]]] = {
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
        shown = [_show(name, stage, said) for name in options.curves or CURVES]
    return 0 if all(shown) else 1


def _show(name: str, stage: Setting, said: str) -> bool:
    """Whether there was anything to show: one curve that cannot be measured does not take the others with it."""
    began = time.monotonic()
    try:
        table = asyncio.run(CURVES[name](stage))
    except (NotStarted, Refused, Astray, ConnectionError) as error:
        print(f"\n{name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"\n{table.text()}\n({name}: {time.monotonic() - began:.0f} s)", flush=True)
    draw(table, PICTURES, said)
    return True


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
