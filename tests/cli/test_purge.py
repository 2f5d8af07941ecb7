"""``cache purge`` against a real server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli import main
from tests.config.writing import ENVIRON, VALID, written
from tests.support.redis_servers import RedisServer, binaries

Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer(next(iter(binaries().values()))) as running:
        yield running


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def _purge(folder: Path, url: str) -> int:
    return main(["cache", "purge", "--config", str(written(folder, f"cache: {{url: {url}}}\n{VALID}"))])


@pytest.mark.parametrize(("pages", "said"), [(0, "0 cached pages"), (1, "1 cached page"), (3, "3 cached pages")])
def test_pages_are_removed_and_counted(
    tmp_path: Path, capsys: Printed, server: RedisServer, pages: int, said: str
) -> None:
    server.command("FLUSHALL")
    for number in range(pages):
        server.command("SET", f"ksg:page:{number}", "x")
    assert _purge(tmp_path, server.url) == 0
    assert capsys.readouterr().out == f"{said} removed\n"
    assert server.command("DBSIZE") == 0


def test_what_is_no_page_of_ours_stays(tmp_path: Path, server: RedisServer) -> None:
    server.command("FLUSHALL")
    for name in ("ksg:ticket:1", "other:page:1", "ksg:page:1"):
        server.command("SET", name, "x")
    assert _purge(tmp_path, server.url) == 0
    assert sorted(server.command("KEYS", "*")) == [b"ksg:ticket:1", b"other:page:1"]


def test_a_redis_that_is_not_there_is_one(tmp_path: Path, capsys: Printed) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert _purge(tmp_path, f"redis://127.0.0.1:{unused.getsockname()[1]}") == 1
    assert capsys.readouterr().err.startswith("Redis cannot be used: ")
