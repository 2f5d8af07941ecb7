"""The program as a process of its own: what only an operating system can tell."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.config.writing import ENVIRON, VALID, written

PROGRAM = [sys.executable, "-W", "error", "-m", "gateway"]


def _started(
    *arguments: str, environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **(environ or {})},
        cwd=folder,
    )


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Tests that run in the background ignore interrupts, and what they start would do so too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_mistake_is_said_without_a_traceback(tmp_path: Path) -> None:
    written(tmp_path, "providers: {}\n")
    with _started("serve", folder=tmp_path) as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert [line.split(": ")[0] for line in err.splitlines()] == ["gateway.yaml:1", "gateway.yaml:1"]


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with _started("schema") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        err = process.stderr.read()
    assert (process.wait(), err) == (1, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_serve_answers_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    path = written(tmp_path, VALID)
    serve = ["serve", "--config", str(path), "--port", "0", "--metrics-port", "0", "--host", "127.0.0.1"]
    with _started(*serve, environ=ENVIRON) as process:
        assert process.stderr
        assert process.stdout
        logged = ""
        for line in process.stdout:
            logged += line
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                break
        assert found, logged
        connection = HTTPConnection("127.0.0.1", int(found[1]))
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(number)
        _, err = process.communicate()
    assert (process.returncode, "Traceback" in err) == (0, False)


def test_ctrl_c_while_reading_the_config_is_quiet(tmp_path: Path) -> None:
    pipe = tmp_path / "gateway.yaml"
    os.mkfifo(pipe)
    with _started("check", folder=tmp_path) as process:
        with pipe.open("w") as writer:
            writer.write("#" * 70_000)  # more than a pipe holds: when this returns, the program is reading
            process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "")


def test_the_demo_checks_itself() -> None:
    with _started("demo", "--check", "--size", "12") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out.count("each exactly once, in order") == 5
