from pathlib import Path

import pytest

from gateway.config import load
from gateway.core.errors import ConfigError
from tests.config.writing import ENVIRON, PROVIDER, TENANT, VALID, loaded, problems

CANARY = "CANARY-1f0d"


def _environment(tmp_path: Path, written: str, environ: dict[str, str]) -> str:
    return loaded(tmp_path, f'environment: "{written}"\n{VALID}', ENVIRON | environ).environment


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("${A}", "blue", id="whole"),
        pytest.param("x-${A}-${B}", "x-blue-green", id="inside, several"),
        pytest.param("${file:/FOLDER/name}", "red", id="file"),
        pytest.param("${file:name}", "red", id="file beside the config"),
    ],
)
def test_a_reference_is_replaced(tmp_path: Path, written: str, found: str) -> None:
    (tmp_path / "name").write_text("red\n")
    written = written.replace("/FOLDER", str(tmp_path))
    assert _environment(tmp_path, written, {"A": "blue", "B": "green"}) == found


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_break_at_the_end_of_a_file_does_not_count(tmp_path: Path, end: str) -> None:
    (tmp_path / "token").write_bytes(b"abc" + end.encode())
    config = loaded(tmp_path, VALID.replace("${TOKEN}", "${file:token}"))
    provider = config.provider(config.tenants[0], "aitronos")
    assert provider
    assert provider.call(None).headers[-1] == ("authorization", "Bearer abc")


def test_two_dollar_signs_stand_for_one(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID.replace("org_1", '"$${TOKEN}"'))
    provider = config.provider(config.tenants[0], "aitronos")
    assert provider
    assert "%24%7BTOKEN%7D" in provider.call(None).url


def test_what_a_reference_gives_is_not_looked_through_again(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID, ENVIRON | {"TOKEN": "${CURSOR_KEY}"})
    provider = config.provider(config.tenants[0], "aitronos")
    assert provider
    assert provider.call(None).headers[-1] == ("authorization", "Bearer ${CURSOR_KEY}")


def test_a_reference_may_fill_numbers_truths_and_durations(tmp_path: Path) -> None:
    text = 'server: {port: "${PORT}", deadline: "${WAIT}"}\n' + VALID.replace(
        "type: aitronos", 'type: aitronos\n    enabled: "${ON}"'
    )
    config = loaded(tmp_path, text, ENVIRON | {"PORT": "8443", "WAIT": "7s", "ON": "no"})
    assert (config.server.port, config.server.deadline) == (8443, 7.0)
    assert not config.providers["aitronos"].enabled


def test_yaml_in_a_reference_stays_text(tmp_path: Path) -> None:
    lines = problems(tmp_path, 'server: "${S}"\n' + VALID, ENVIRON | {"S": "{port: 1}"})
    assert lines == ["gateway.yaml:1: server: should be a mapping: lines of the form name: value"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        pytest.param("${NOPE}", "the environment variable NOPE is not set", id="not set"),
        pytest.param("${file:nope}", "the file 'nope': there is no such file", id="no file"),
        pytest.param("${file:name/x}", "the file 'name/x': there is no such file", id="inside a file"),
        pytest.param("${file:folder}", "the file 'folder': it is a directory", id="directory"),
        pytest.param("${file:}", "the file '': it is a directory", id="no name"),
        pytest.param("${file:large}", "the file 'large': it is larger than 64 KiB", id="large"),
        pytest.param("${file:binary}", "the file 'binary': it is not text in UTF-8", id="binary"),
        pytest.param(
            "${A B}",
            "a reference is not well formed: write ${NAME} or ${file:/path}, or $${ for the characters themselves",
            id="form",
        ),
        pytest.param(
            "${A:-x}",
            "a reference is not well formed: write ${NAME} or ${file:/path}, or $${ for the characters themselves",
            id="default",
        ),
        pytest.param(
            "${}",
            "a reference is not well formed: write ${NAME} or ${file:/path}, or $${ for the characters themselves",
            id="empty",
        ),
        pytest.param(
            "${A",
            "a reference is not closed: write ${NAME} or ${file:/path}, or $${ for the characters themselves",
            id="not closed",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_by_name(tmp_path: Path, written: str, text: str) -> None:
    (tmp_path / "name").write_text("red")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_text("x" * (64 * 1024 + 1))
    (tmp_path / "binary").write_bytes(b"\xff")
    assert problems(tmp_path, f'environment: "{written}"\n{VALID}') == [f"gateway.yaml:1: environment: {text}"]


def test_an_unreadable_file_is_told_without_what_the_system_says(tmp_path: Path) -> None:
    def read(path: Path, limit: int) -> bytes:
        if path.name == "secret":
            raise PermissionError(13, "denied", CANARY)
        return path.read_bytes()[:limit]

    path = tmp_path / "gateway.yaml"
    path.write_text('environment: "${file:secret}"\n' + VALID)
    with pytest.raises(ConfigError) as caught:
        load(path, ENVIRON, read=read)
    assert caught.value.problems == (f"{path}:1: environment: the file 'secret': this user may not read it",)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"{CANARY}\n", id="line break"),
        pytest.param(f"{CANARY}\r\nX: y", id="header injection"),
        pytest.param(f"é{CANARY}", id="outside ASCII"),
        pytest.param(f" {CANARY}", id="space in front"),
        pytest.param("", id="empty"),
    ],
)
def test_a_credential_that_cannot_be_sent_is_told_without_it(tmp_path: Path, value: str) -> None:
    (line,) = problems(tmp_path, VALID, ENVIRON | {"TOKEN": value})
    assert line.startswith("gateway.yaml:6: providers.aitronos.credentials.token: ")
    assert CANARY not in line


def test_a_place_whose_reference_failed_is_complained_about_once(tmp_path: Path) -> None:
    assert problems(tmp_path, PROVIDER + TENANT, {}) == [
        "gateway.yaml:5: providers.aitronos.credentials.token: the environment variable TOKEN is not set"
    ]
