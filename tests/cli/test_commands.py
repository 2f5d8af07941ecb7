"""Commands inside the process: what they print, and their exit codes."""

import json
import re
from pathlib import Path

import pytest

from gateway import __version__
from gateway.api.keys import digest
from gateway.cli import main
from gateway.config.cursor_keys import decode
from gateway.config.schemas import config_schema, provider_schema
from tests.config.writing import COMMON, ENVIRON, KEY, OTHER_KEY, PROVIDER, TENANT, VALID, written

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def test_a_cursor_key_stands_alone_on_the_last_line(capsys: Printed) -> None:
    assert main(["cursor-key"]) == 0
    assert len(decode(capsys.readouterr().out.splitlines()[-1])) == 64


def test_an_api_key_stands_alone_on_the_last_line_after_its_digest(capsys: Printed) -> None:
    assert main(["api-key"]) == 0
    printed = capsys.readouterr().out
    assert f'  - "{digest(printed.splitlines()[-1])}"\n' in printed


def test_the_schemas_are_json(capsys: Printed) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == config_schema()
    assert main(["schema", "--provider"]) == 0
    assert json.loads(capsys.readouterr().out) == provider_schema()


def test_the_catalog_lists_each_type_with_its_style_and_needs(capsys: Printed) -> None:
    assert main(["catalog"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["TYPE", "STYLE"]
    assert [row.split()[:2] for row in rows] == [["aitronos", "offset"], ["b3os", "offset"], ["scale-dex", "token"]]
    assert "project_id" in rows[2]
    assert "api_key, account_id" in rows[2]


def test_the_version_is_printed(capsys: Printed) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"knowledge-gateway {__version__}\n"


def test_check_sums_a_sound_config_up(tmp_path: Path, capsys: Printed) -> None:
    path = written(tmp_path, VALID)
    assert main(["check", "--config", str(path)]) == 0
    assert (
        capsys.readouterr().out
        == f"""\
{path} is sound.

PROVIDER  TYPE      STYLE   PAGE SIZE  TENANTS
aitronos  aitronos  offset  100        search
"""
    )


def test_check_names_three_tenants_and_counts_the_others(tmp_path: Path, capsys: Printed) -> None:
    more = "".join(f'  t{n}: {{keys: ["sha256:{n:064}"], providers: [aitronos]}}\n' for n in range(4))
    spare = "  spare: {type: b3os, enabled: false, params: {organization_id: o}, credentials: {token: t}}\n"
    assert main(["check", "--config", str(written(tmp_path, COMMON + PROVIDER + spare + TENANT + more))]) == 0
    printed = capsys.readouterr().out
    assert "search, t0, t1 and 2 more\n" in printed
    assert re.search(r"^spare +b3os +offset +100 +\(switched off\)$", printed, re.MULTILINE)


def test_check_prints_warnings_and_is_content(tmp_path: Path, capsys: Printed) -> None:
    assert main(["check", "--config", str(written(tmp_path, PROVIDER + TENANT))]) == 0
    assert "\n\nwarning: cursor.keys: there is none, so cursors die with this process" in capsys.readouterr().out


def test_check_prints_every_mistake_to_stderr(tmp_path: Path, capsys: Printed) -> None:
    path = written(tmp_path, "server: {prot: 1}\n" + VALID.replace("org_1", "a/b"))
    assert main(["check", "--config", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.split(": ")[1] for line in printed.err.splitlines()] == [
        "server",
        "providers.aitronos.params.organization_id",
    ]


@pytest.mark.parametrize("command", [["check"], ["serve"], ["cache", "purge"]])
def test_a_missing_config_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    assert capsys.readouterr().err == (
        "gateway.yaml: there is no such file: name the config with --config or GATEWAY_CONFIG\n"
    )


def test_the_config_is_found_by_the_environment_and_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, VALID)
    assert main(["check"]) == 0
    written(tmp_path, VALID, "other.yaml")
    monkeypatch.setenv("GATEWAY_CONFIG", "other.yaml")
    assert main(["check"]) == 0
    assert main(["check", "--config", "gateway.yaml"]) == 0
    assert re.findall(r"^(\S+) is sound", capsys.readouterr().out, re.MULTILINE) == [
        "gateway.yaml",
        "other.yaml",
        "gateway.yaml",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["fly"], id="unknown command"),
        pytest.param(["check", "--fast"], id="unknown option"),
        pytest.param(["cache"], id="half a command"),
        pytest.param(["serve", "--port", "65536"], id="port out of range"),
        pytest.param(["serve", "--port", "-1"], id="negative port"),
        pytest.param(["serve", "--metrics-port", "٣"], id="port of other digits"),
        pytest.param(["demo", "--size", "0"], id="demo of nothing"),
        pytest.param(["demo", "--port", "x"], id="no port"),
    ],
)
def test_a_wrong_command_line_is_two(arguments: list[str], capsys: Printed) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: knowledge-gateway")


def test_two_equal_ports_are_two(tmp_path: Path, capsys: Printed) -> None:
    path = written(tmp_path, VALID)
    assert main(["serve", "--config", str(path), "--port", "9090"]) == 2
    assert capsys.readouterr().err == "the port and the metrics port are the same: choose two\n"


def test_without_redis_there_is_nothing_to_purge(tmp_path: Path, capsys: Printed) -> None:
    path = written(tmp_path, VALID)
    assert main(["cache", "purge", "--config", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: cache.url is not set: without Redis there is nothing to purge\n"


def test_no_secret_is_printed(tmp_path: Path, capsys: Printed) -> None:
    anonymous = "anonymous: {providers: [aitronos]}\n"
    text = "cache: {url: redis://user:CANARY@127.0.0.1:1}\n" + VALID.replace("${TOKEN}", "CANARY") + anonymous
    main(["check", "--config", str(written(tmp_path, text))])
    main(["cache", "purge", "--config", str(written(tmp_path, text))])
    printed = capsys.readouterr()
    assert "CANARY" not in printed.out + printed.err
    assert KEY not in printed.out
    assert OTHER_KEY not in printed.out
