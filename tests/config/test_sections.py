import re
from pathlib import Path

import pytest

from gateway.config.cursor_keys import EXAMPLE, encode
from gateway.listing.cursor import CURRENT, FORMATS
from tests.config.writing import CURSOR_KEY, ENVIRON, PROVIDER, TENANT, VALID, loaded, problems

TRUTH = "true, false, yes, no, on and off are truth values in YAML: where the word itself is meant, put it in quotes"
HOW = "make one with knowledge-gateway cursor-key"
TOP = "anonymous, cache, cursor, environment, log, providers, reload, server, tenants, tracing, walk"


@pytest.mark.parametrize(
    ("section", "line"),
    [
        pytest.param("sever: {}", "unknown setting sever; did you mean server?", id="unknown section"),
        pytest.param("x: {}", f"unknown setting x; known are {TOP}", id="nothing like it"),
        pytest.param("server: {pot: 1}", "server: unknown setting pot; did you mean port?", id="unknown setting"),
        pytest.param(
            "server: []", "server: should be a mapping: lines of the form name: value", id="section is a list"
        ),
        pytest.param("server: {port: x}", "server.port: should be a whole number", id="no number"),
        pytest.param("server: {port: 1.5}", "server.port: should be a whole number", id="no whole number"),
        pytest.param("server: {port: 99999}", "server.port: should be at most 65535", id="port out of range"),
        pytest.param("server: {port: -1}", "server.port: should be at least 0", id="negative port"),
        pytest.param("server: {port: yes}", f"server.port: {TRUTH}", id="truth for a number"),
        pytest.param("server: {port: }", "server.port: should be a whole number", id="nothing for a number"),
        pytest.param("server: {host: no}", f"server.host: {TRUTH}", id="truth for text"),
        pytest.param("server: {host: 1}", "server.host: should be text: put it in quotes", id="number for text"),
        pytest.param("server: {host: }", "server.host: is empty: write a value, or remove it", id="nothing for text"),
        pytest.param("server: {deadline: 0}", "server.deadline: should be greater than 0", id="no deadline"),
        pytest.param("server: {deadline: -1}", "server.deadline: should be greater than 0", id="negative deadline"),
        pytest.param("server: {deadline: .inf}", "server.deadline: should be at most 300", id="infinite deadline"),
        pytest.param(
            "server: {deadline: 10 s}",
            "server.deadline: write a duration as a number and ms, s, m, h or d: 500ms, 30s, 10m, 24h",
            id="duration",
        ),
        pytest.param("server: {deadline: yes}", f"server.deadline: {TRUTH}", id="truth for a duration"),
        pytest.param(
            "server: {deadline: 60s}",
            "server.deadline: is longer than max_timeout: lower it, or raise max_timeout",
            id="deadline over maximum",
        ),
        pytest.param(
            "server: {port: 80, metrics_port: 80}",
            "server.metrics_port: is the same as port: choose two, or 0 for no metrics",
            id="one port twice",
        ),
        pytest.param(
            "server: {trusted_proxies: [10.0.0.0/8, x]}",
            "server.trusted_proxies: number 2 is neither an address nor a network: write 10.0.0.0/8",
            id="proxy",
        ),
        pytest.param("server: {trusted_proxies: x}", "server.trusted_proxies: should be a list", id="no list"),
        pytest.param(
            "cache: {memory: 1MB}",
            "cache.memory: write a size as a whole number and B, KiB, MiB or GiB: 64MiB",
            id="size",
        ),
        pytest.param("cache: {fresh: 2d}", "cache.fresh: should be at most 86400", id="window"),
        pytest.param("walk: {anchors: 1}", "walk.anchors: should be at least 2", id="anchors"),
        pytest.param("log: {level: verbose}", "log.level: should be 'debug', 'info', 'warning' or 'error'", id="level"),
        pytest.param(
            "environment: a b", "environment: use letters, digits, '.', '_' and '-', at most 64", id="environment"
        ),
        pytest.param(
            f"environment: {'x' * 65}",
            "environment: use letters, digits, '.', '_' and '-', at most 64",
            id="long environment",
        ),
    ],
)
def test_a_mistake_in_a_section_is_told(tmp_path: Path, section: str, line: str) -> None:
    assert problems(tmp_path, f"{section}\n{VALID}") == [f"gateway.yaml:1: {line}"]


@pytest.mark.parametrize("section", ["server", "cache", "walk", "log", "environment"])
def test_a_section_without_a_line_is_the_default(tmp_path: Path, section: str) -> None:
    text = f"{section}:\n  # all of it is commented out\n{VALID}"
    assert getattr(loaded(tmp_path, text), section) == getattr(loaded(tmp_path, VALID), section)


@pytest.mark.parametrize("ports", ["{port: 0, metrics_port: 0}", "{port: 9090, metrics_port: 0}"])
def test_ports_that_are_zero_may_be_equal(tmp_path: Path, ports: str) -> None:
    assert loaded(tmp_path, f"server: {ports}\n{VALID}").server.metrics_port == 0


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("not a key!", f"is not base64url: {HOW}", id="alphabet"),
        pytest.param(CURSOR_KEY.replace("_", "/"), f"is not base64url in its one spelling: {HOW}", id="other base64"),
        pytest.param(f" {CURSOR_KEY}", f"is not base64url: {HOW}", id="space"),
        pytest.param(CURSOR_KEY[:-1] + "B", f"is not base64url in its one spelling: {HOW}", id="spelling"),
        pytest.param(f"{CURSOR_KEY}=", f"is not base64url in its one spelling: {HOW}", id="half padded"),
        pytest.param(encode(bytes(range(1, 33))), f"holds 32 bytes instead of 64: {HOW}", id="short"),
        pytest.param(encode(bytes(range(1, 66))), f"holds 65 bytes instead of 64: {HOW}", id="long"),
        pytest.param("", f"holds 0 bytes instead of 64: {HOW}", id="empty"),
        pytest.param(encode(bytes(64)), f"is an example that everybody knows: {HOW}", id="zeros"),
        pytest.param(encode(EXAMPLE), f"is an example that everybody knows: {HOW}", id="example"),
    ],
)
def test_a_cursor_key_that_is_none_is_refused_without_it(tmp_path: Path, key: str, text: str) -> None:
    environ = ENVIRON | {"CURSOR_KEY": key}
    assert problems(tmp_path, VALID, environ) == [f"gateway.yaml:1: cursor.keys.0: {text}"]


@pytest.mark.parametrize("key", [CURSOR_KEY, f"{CURSOR_KEY}=="])
def test_a_cursor_key_may_be_padded(tmp_path: Path, key: str) -> None:
    assert loaded(tmp_path, VALID, ENVIRON | {"CURSOR_KEY": key}).cursor_keys() == (bytes(range(1, 65)),)


def test_cursor_keys_keep_their_order(tmp_path: Path) -> None:
    text = f'cursor: {{keys: ["{encode(bytes(range(2, 66)))}", "{CURSOR_KEY}"]}}\n{PROVIDER}{TENANT}'
    assert [key[0] for key in loaded(tmp_path, text).cursor_keys()] == [2, 1]


def test_a_cursor_key_stands_once(tmp_path: Path) -> None:
    text = f'cursor: {{keys: ["{CURSOR_KEY}", "{CURSOR_KEY}=="]}}\n{PROVIDER}{TENANT}'
    assert problems(tmp_path, text) == ["gateway.yaml:1: cursor.keys.1: is the same key as one before it: remove it"]


@pytest.mark.parametrize("version", FORMATS)
def test_cursors_are_written_in_the_format_that_is_set(tmp_path: Path, version: int) -> None:
    text = VALID.replace("cursor: {", f"cursor: {{format: {version}, ")
    assert loaded(tmp_path, text).cursor.format == version


def test_the_format_may_come_from_the_environment(tmp_path: Path) -> None:
    text = VALID.replace("cursor: {", 'cursor: {format: "${FORMAT}", ')
    assert loaded(tmp_path, text, ENVIRON | {"FORMAT": "1"}).cursor.format == 1


def test_without_a_setting_cursors_are_written_in_the_current_format(tmp_path: Path) -> None:
    assert loaded(tmp_path, VALID).cursor.format == CURRENT


@pytest.mark.parametrize("version", [min(FORMATS) - 1, CURRENT + 1, "new"])
def test_a_format_that_cannot_be_written_is_refused(tmp_path: Path, version: object) -> None:
    (told,) = problems(tmp_path, VALID.replace("cursor: {", f"cursor: {{format: {version}, "))
    assert told.startswith("gateway.yaml:1: cursor.format: should be ")


def test_a_redis_url_needs_a_cursor_key(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, f"cache: {{url: redis://r}}\n{PROVIDER}{TENANT}")
    assert line == (
        "gateway.yaml:1: cursor: keys is missing; add it, for a Redis URL means several replicas: "
        f"they need the same key; {HOW}"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://user:CANARY@redis",
        "redis://user:CANARY@redis:99999",
        "redis://:CANARY@",
        "rediss:CANARY",
        "unix:",
        "CANARY",
        "redis://[CANARY",
    ],
)
def test_a_redis_url_that_is_none_is_refused_without_it(tmp_path: Path, url: str) -> None:
    (line,) = problems(tmp_path, f'cache: {{url: "{url}"}}\n{VALID}')
    assert line.startswith("gateway.yaml:1: cache.url: write it as redis://host:6379/0")
    assert "CANARY" not in line


def test_every_mistake_is_reported_at_once_and_in_order(tmp_path: Path) -> None:
    text = """\
server: {port: x, prot: 1}
cache: {fresh: soon}
cursor: {keys: [short]}
log: {level: loud}
providers:
  a: {type: aitronos, params: {organisation_id: o}, credentials: {token: ""}, timeout: never}
  b: {type: nope}
  "B C": {}
tenants:
  t: {keys: [x], providers: [a, z]}
speed: 1
"""
    lines = problems(tmp_path, text)
    assert len(lines) == 15
    numbers = [int(re.match(r"gateway\.yaml:(\d+): ", line)[1]) for line in lines]  # type: ignore[index]
    assert numbers == [1, 1, 2, 3, 4, 6, 6, 6, 6, 7, 8, 8, 10, 10, 11]
