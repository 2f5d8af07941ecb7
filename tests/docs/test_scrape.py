"""The metrics page against what the service itself says at ``/metrics``."""

import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.config import load
from gateway.core.events import ignore
from gateway.demonstration import demo_config
from gateway.service import Served, bound, serving
from gateway.telemetry.metrics import Metrics
from scripts.docs_source import DOCS

from . import pages

NOBODY = ["http://127.0.0.1:9"] * 3


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    with bound("127.0.0.1", 0) as free:
        port = int(free.getsockname()[1])
    written = demo_config(0, port, NOBODY).encode()
    metrics = Metrics()
    async with serving(load(Path("gateway.yaml"), {}, read=lambda _path, _limit: written), metrics, ignore) as gateway:
        yield gateway


async def test_what_the_page_lists_is_what_is_scraped(served: Served) -> None:
    (command,) = pages.commands(DOCS / "metrics.md")
    address = shlex.split(command)[-1].replace(":9090", f":{served.metrics_port}")
    async with httpx.AsyncClient(trust_env=False) as client:
        exposed = (await client.get(address)).raise_for_status().text
    help_lines = dict(re.findall(r"^# HELP (\S+) (.*)$", exposed, re.MULTILINE))
    written = {row[0].strip("`"): row[3] for row in pages.rows(pages.text("metrics.md")) if len(row) == 4}
    assert written == help_lines
