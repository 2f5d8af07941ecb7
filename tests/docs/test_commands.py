"""The commands of the pages: each is run, read by the program it is for, or among those that a test cannot run here."""

import asyncio
import re
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.cli import _parser
from gateway.config import load
from gateway.config.references import read_file
from gateway.demonstration import DEFAULT_PORT, Demo, demonstration
from scripts.docs_source import DOCS, ROOT
from tests.config.writing import CURSOR_KEY, KEY

from . import pages

COMMANDS = [(pages.name(page), command) for page in pages.PAGES for command in pages.commands(page)]
GATEWAY = "knowledge-gateway"
#: what they begin with, and who tries it
ELSEWHERE = {
    "docker run": "tests/image runs the image so, by another runtime",
    "helm install knowledge": "tests/helm/rendered",
    "helm test knowledge": "tests/helm/rendered",
    "kubectl create secret generic": "needs a cluster",
    "kill -HUP": "tests/functional/test_reload.py",
    "curl -s http://127.0.0.1:9090/metrics": "test_scrape.py",
}
ADDRESS = f"http://127.0.0.1:{DEFAULT_PORT}"


def program(command: str) -> str:
    return command.split(maxsplit=1)[0].rpartition("/")[2]


def of(name: str) -> list[str]:
    """Each command of a program once, but those that are tried elsewhere."""
    known = {command for _, command in COMMANDS if program(command) == name}
    return sorted(command for command in known if not command.startswith(tuple(ELSEWHERE)))


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with demonstration(0, 30) as running:
        yield running


def test_every_command_is_run_read_or_known() -> None:
    known = {GATEWAY, "make", "curl"}
    strange = [one for one in COMMANDS if program(one[1]) not in known and not one[1].startswith(tuple(ELSEWHERE))]
    assert strange == []


def test_what_is_tried_elsewhere_is_still_there() -> None:
    assert [start for start in ELSEWHERE if not any(command.startswith(start) for _, command in COMMANDS)] == []


@pytest.mark.parametrize("command", of(GATEWAY))
def test_the_command_line_takes_it(command: str) -> None:
    arguments = shlex.split(command, comments=True)[1:]
    if arguments == ["--version"]:
        with pytest.raises(SystemExit, match=r"^0$"):
            _parser().parse_args(arguments)
    else:
        assert callable(_parser().parse_args(arguments).run)


@pytest.mark.parametrize("command", of("make"))
def test_the_makefile_has_the_target(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = [word for word in shlex.split(command, comments=True)[1:] if "=" not in word]
    assert targets
    assert [target for target in targets if not re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)] == []


def curl(command: str) -> httpx.Request:
    """What curl would send: the few options that the pages use."""
    parser = ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-H", action="append", default=[], type=lambda text: text.encode().split(b": ", 1))
    parser.add_argument("url")
    options = parser.parse_args(shlex.split(command, comments=True)[1:])
    return httpx.Request("GET", options.url, headers=options.H)


@pytest.mark.parametrize("command", of("curl"))
async def test_it_is_answered(command: str, demo: Demo) -> None:
    here = f"http://127.0.0.1:{demo.gateway.port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        cursor = (await client.get(demo.url)).json()["next_cursor"]
        answer = await client.send(curl(command.replace("$NEXT_CURSOR", cursor).replace(ADDRESS, here)))
    assert command.count(ADDRESS) == 1
    assert answer.status_code == 200
    assert answer.json()


async def test_the_walk_in_python_brings_everything(demo: Demo) -> None:
    (script,) = pages.blocks(DOCS / "api.md", "python")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script.replace(ADDRESS, f"http://127.0.0.1:{demo.gateway.port}"),
        stdout=asyncio.subprocess.PIPE,
        env={"no_proxy": "*"},
    )
    printed, _ = await process.communicate()
    assert (process.returncode, printed) == (0, b"90 items; all there is\n")


async def test_the_problem_that_is_shown_is_the_one_that_is_sent(demo: Demo) -> None:
    (shown,) = pages.blocks(DOCS / "problems.md", "json")
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(demo.url, params={"limit": 0})
    assert answer.json() == yaml.safe_load(shown)


def readable(path: Path, limit: int) -> bytes:
    """Files that the configurations of the pages name: secrets, and a spec where the page says that there is one."""
    if path.suffix == ".yaml":
        return read_file(ROOT / "config/providers/link.yaml", limit)
    return b"a secret"


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "configure.md", DOCS / "providers.md"], ids=pages.name)
def test_the_configuration_that_is_shown_is_sound(page: Path, tmp_path: Path) -> None:
    (text,) = pages.blocks(page, "yaml")
    whole = yaml.safe_load(text.replace("sha256:…", KEY))
    whole.setdefault("tenants", {"team": {"keys": [KEY], "providers": list(whole["providers"])}})
    config = tmp_path / "gateway.yaml"
    config.write_text(yaml.safe_dump(whole))

    def read(path: Path, limit: int) -> bytes:
        return read_file(path, limit) if path == config else readable(path, limit)

    loaded = load(config, {"GATEWAY_CURSOR_KEY": CURSOR_KEY, "AITRONOS_TOKEN": "a-token"}, read=read)
    assert list(loaded.upstreams()) == list(whole["providers"])
