from pathlib import Path

import pytest

from gateway.config import load
from gateway.config.document import MAX_BYTES, Unreadable, parse
from gateway.core.errors import ConfigError
from tests.config.writing import VALID, loaded, problems


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "", "1: the file is empty: config/gateway.yaml in the project's folder is one to start from", id="empty"
        ),
        pytest.param(
            "# nothing\n",
            "1: the file is empty: config/gateway.yaml in the project's folder is one to start from",
            id="comments alone",
        ),
        pytest.param("- a\n", "1: the file must hold a mapping: lines of the form name: value", id="list"),
        pytest.param("word", "1: the file must hold a mapping: lines of the form name: value", id="scalar"),
        pytest.param(
            "server:\n\tport: 1\n",
            "2: not YAML: found character that cannot start any token: indent with spaces, not with tabs",
            id="tab",
        ),
        pytest.param(
            "a:\n  b: {c: ${X}}\n",
            "2: not YAML: did not find expected ',' or '}': inside { } and [ ], put \"${NAME}\" in quotes",
            id="bare reference",
        ),
        pytest.param("a: [1\nb: 2\n", "2: not YAML: did not find expected ',' or ']'", id="not closed"),
        pytest.param("a: 'x\n", "2: not YAML: found unexpected end of stream", id="quote not closed"),
        pytest.param("a: \x07\n", "1: not YAML: the file holds control characters", id="control character"),
        pytest.param("a: 1\n---\nb: 2\n", "2: a second document begins here: keep one to a file", id="two documents"),
        pytest.param("a: " + "[" * 100_000, "1: nested more than 32 levels deep", id="deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    assert problems(tmp_path, text) == [f"gateway.yaml:{line}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "server: {}\nserver: {}\n", "2: server: stands here a second time; the first is on line 1", id="top"
        ),
        pytest.param(
            "log:\n  level: info\n  level: info\n",
            "3: log.level: stands here a second time; the first is on line 2",
            id="inside",
        ),
        pytest.param(
            "server:\n  1: x\n", "2: server: a name here is not text: put it in quotes", id="number as a name"
        ),
        pytest.param(
            "server:\n  no: x\n", "2: server: a name here is not text: put it in quotes", id="truth as a name"
        ),
        pytest.param("server:\n  ? [a]\n  : x\n", "2: server: a name here is not text", id="list as a name"),
        pytest.param(
            "server: &s {}\ncache: *s\n", "2: cache: aliases (*name) are not used here: write the value out", id="alias"
        ),
        pytest.param(
            "cache: !!python/object:os.system {}\n", "1: cache: tags (!…) are not used here: remove it", id="tag"
        ),
        pytest.param(
            "server:\n  <<: {port: 1}\n",
            "2: server: unknown setting <<; known are base_path, deadline, drain, host, "
            "keep_alive, max_timeout, metrics_port, port, trusted_proxies",
            id="merge",
        ),
    ],
)
def test_a_mistake_in_the_form_is_told_with_its_line_and_place(tmp_path: Path, text: str, line: str) -> None:
    assert f"gateway.yaml:{line}" in problems(tmp_path, text)


def test_many_laughs_cost_nothing() -> None:
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\n" for n in range(1000))
    document, flaws = parse("f", bomb.encode())
    assert len(flaws) == 9000
    assert document.value["b999"] == [None] * 9


def test_a_file_of_more_than_four_mebibytes_is_not_looked_at() -> None:
    with pytest.raises(Unreadable, match="larger than 4 MiB"):
        parse("f", b"#" * (MAX_BYTES + 1))


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        parse("f", b"a: 1\nb: \xff\n")
    assert caught.value.flaw.line == 2


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + VALID).tenants


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("1.5", 1.5),
        ("yes", True),
        ("~", None),
        ("", None),
        ("2024-01-01", "2024-01-01"),
        ("2024-99-99", "2024-99-99"),
        ("1:30", "1:30"),
        ("0b_", "0b_"),
        ('"12"', "12"),
        ("=", "="),
    ],
)
def test_scalars_are_what_yaml_says_but_dates_and_base_sixty_stay_text(written: str, value: object) -> None:
    document, flaws = parse("f", f"a: {written}\n".encode())
    assert (document.value, flaws) == ({"a": value}, ())


def test_lines_are_known_for_every_name_and_entry() -> None:
    document, _ = parse("f", b"a:\n  b:\n  - 1\n  - c: 2\n")
    assert [document.line(where) for where in [("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "c")]] == [1, 2, 4, 4]
    assert document.line(("a", "b", 7, "z")) == 2


def test_a_missing_file_is_told_with_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.yaml", {})
    hint = "name the config with --config or GATEWAY_CONFIG"
    assert caught.value.problems == (f"{tmp_path}/none.yaml: there is no such file: {hint}",)
