"""The golden cursors in ``tests/data/cursors``, by format, and what they are sealed with.

``python -m tests.support.golden_cursors`` seals those of the newest format anew, from the states that stand beside
them. Only until a release has written the format: from then on nothing in its file changes, and what is new is added.
"""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.cursor import CURRENT
from gateway.listing.issue import CursorIssuer
from tests.support.clock import ManualClock
from tests.support.cursor_states import cursor_of
from tests.support.tickets import Tickets

TENANT = "acme"
#: hours since 1970: that of the clock at its start
HOUR = 472_223

_DATA = Path(__file__).parents[1] / "data" / "cursors"
_KEY = CursorKey(bytes(range(64)))


def golden(version: int) -> list[dict[str, Any]]:
    """``name``, ``cursor`` and ``state`` (see ``cursor_states``) of each."""
    found: list[dict[str, Any]] = yaml.safe_load(_file(version).read_text())
    return found


def issuer(version: int, tickets: Tickets | None = None) -> CursorIssuer:
    codec = CursorCodec(keys=[_KEY], environment="test", route="/v1/knowledge-stores")
    return CursorIssuer(codec=codec, tickets=tickets, clock=ManualClock(), max_age=86_400, version=version)


async def sealed(version: int, state: dict[str, Any]) -> str:
    return await issuer(version, Tickets()).seal(cursor_of(state), TENANT)


async def _seal_anew(version: int) -> None:
    text = _file(version).read_text()
    for one in golden(version):
        text = text.replace(f"cursor: {one['cursor']}\n", f"cursor: {await sealed(version, one['state'])}\n")
    _file(version).write_text(text)


def _file(version: int) -> Path:
    return _DATA / f"format-{version}.yaml"


if __name__ == "__main__":
    asyncio.run(_seal_anew(CURRENT))
