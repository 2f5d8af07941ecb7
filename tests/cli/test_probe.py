"""``probe`` as a command: what it prints, and its exit codes."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.demo.aitronos import Aitronos
from gateway.demo.credentials import AITRONOS_ORGANIZATION, AITRONOS_TOKEN
from gateway.demo.server import serve_upstreams
from tests.config.writing import written
from tests.support.simulated import SimulatedList
from tests.support.simulated_rows import stores
from tests.support.simulated_server import serve
from tests.support.simulated_specs import spec_text

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    monkeypatch.setenv("MY_TOKEN", AITRONOS_TOKEN)


def _config(folder: Path, url: str, *entries: str) -> Path:
    lines = [
        "anonymous: {providers: [shop]}",
        "providers:",
        "  shop:",
        "    type: aitronos",
        f"    base_url: {url}",
        f"    params: {{organization_id: {AITRONOS_ORGANIZATION}}}",
        '    credentials: {token: "${MY_TOKEN}"}',
        *(f"    {entry}" for entry in entries),
    ]
    return written(folder, "\n".join(lines))


async def _main(*arguments: str) -> int:
    """The command in a thread, for it has an event loop of its own."""
    return await asyncio.to_thread(main, arguments)


async def test_a_sound_provider_of_the_config_is_zero(tmp_path: Path, capsys: Printed) -> None:
    upstream = Aitronos(250)
    async with serve_upstreams(upstream) as (served,):
        assert await _main("probe", "shop", "--config", str(_config(tmp_path, served.url))) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == (
        f"shop, style offset: nothing is wrong. {upstream.calls.total} calls made, 250 items seen on 3 pages."
    )
    assert printed.err == ""


async def test_a_wrong_declaration_is_one(tmp_path: Path, capsys: Printed) -> None:
    async with serve_upstreams(Aitronos(250, max_limit=50, out_of_range="clamp")) as (served,):
        assert await _main("probe", "shop", "--config", str(_config(tmp_path, served.url))) == 1
    assert "remedy    max_page_size: 50, and page_size: 50 or lower\n" in capsys.readouterr().out


async def test_the_page_size_of_the_config_is_asked_for(tmp_path: Path) -> None:
    upstream = Aitronos(250)
    async with serve_upstreams(upstream) as (served,):
        path = _config(tmp_path, served.url, "page_size: 50")
        assert await _main("probe", "shop", "--config", str(path), "--max-pages", "2") == 0
    assert [dict(call.query)["limit"] for call in upstream.calls.recent][:3] == ["50", "50", "50"]


async def test_a_spec_file_is_probed_with_what_the_command_line_gives(tmp_path: Path, capsys: Printed) -> None:
    file = written(tmp_path, spec_text("token"), "mine.yaml")
    async with serve({"mine": SimulatedList.of("token", stores("s", 57))}) as served:
        given = ["--base-url", served["mine"].url, "--param", "list=mine"]
        assert await _main("probe", str(file), *given, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["provider"], report["items_seen"], report["holds"]) == ("mine", 57, True)


async def test_a_credential_comes_from_the_environment_and_is_not_printed(tmp_path: Path, capsys: Printed) -> None:
    async with serve_upstreams(Aitronos(5)) as (served,):
        given = ["--base-url", served.url, "--param", f"organization_id={AITRONOS_ORGANIZATION}"]
        assert await _main("probe", "aitronos", *given, "--credential", "token=${MY_TOKEN}") == 0
        assert await _main("probe", "aitronos", *given, "--credential", "token=CANARY") == 1
    printed = capsys.readouterr()
    assert "answered with status 401: the credential was refused" in printed.out
    assert AITRONOS_TOKEN not in printed.out + printed.err
    assert "CANARY" not in printed.out + printed.err


def test_an_upstream_that_is_not_there_is_one(tmp_path: Path, capsys: Printed) -> None:
    assert main(["probe", "shop", "--config", str(_config(tmp_path, "http://127.0.0.1:1", "attempts: 1"))]) == 1
    assert "no connection could be opened" in capsys.readouterr().out


def test_mistakes_are_two(tmp_path: Path, capsys: Printed) -> None:
    config = str(_config(tmp_path, "http://127.0.0.1:1"))
    assert main(["probe", "shops", "--config", config]) == 2
    assert main(["probe", "none.yaml", "--base-url", "http://127.0.0.1:1"]) == 2
    assert main(["probe", "aitronos", "--credential", "token=x"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "no such provider shops; did you mean shop?",
        "command line: type: the file none.yaml: there is no such file",
        "command line: params: organization_id is missing; add it under params",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no target"),
        pytest.param(["shop", "--max-pages", "0"], id="no pages"),
        pytest.param(["shop", "--param", "organization"], id="half a param"),
        pytest.param(["shop", "--credential", "=CANARY"], id="a credential without a name"),
    ],
)
def test_a_wrong_command_line_is_two(arguments: list[str], capsys: Printed) -> None:
    with pytest.raises(SystemExit) as left:
        main(["probe", *arguments])
    assert left.value.code == 2
    assert "CANARY" not in capsys.readouterr().err
