from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, example, given, settings, strategies as st

from gateway.config import Config, load
from gateway.core.errors import ConfigError
from tests.config.writing import CURSOR_KEY, KEY

#: in every secret, whole
CANARY = "CANARY7f3a9e1c"
VALID = f"""\
server: {{port: 8080, trusted_proxies: [10.0.0.0/8]}}
cache: {{url: "redis://user:{CANARY}@redis:6379/0", fresh: 30s, memory: 64MiB}}
cursor:
  keys: ["{CURSOR_KEY}"]
environment: production
providers:
  aitronos:
    type: aitronos
    base_url: https://api.example.com/v1
    params: {{organization_id: org_1}}
    credentials: {{token: {CANARY}}}
    headers: {{X-Team: {CANARY}, X-Key: "${{SECRET}}"}}
    page_size: 50
    timeout: 2s
    cache: {{if_error: 1h}}
  b3os:
    type: b3os
    enabled: no
    params:
      organization_id: org_1
    credentials:
      token: "${{SECRET}}"
tenants:
  search:
    keys:
    - "{KEY}"
    providers: [aitronos, b3os]
    credentials:
      aitronos: {{token: {CANARY}}}
anonymous: {{providers: [b3os]}}
"""
TREE = yaml.safe_load(VALID)
ENVIRON = {"SECRET": f"{CANARY}\n"}
SOUND = {"SECRET": CANARY}

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["", "${SECRET}", "${NOPE}", "${file:/}", "$${", "1e400", "\x00", "../..", "spec.yaml", "30s", "*"]
    ),
    st.lists(st.none() | st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


def _attempt(data: bytes, environ: Mapping[str, str]) -> Config | tuple[str, ...]:
    """The config or its problems; any other error fails the test. Every file holds the same."""
    try:
        return load(Path("gateway.yaml"), environ, read=lambda _, limit: data[:limit])
    except ConfigError as error:
        problems = error.problems
    assert problems
    return problems


def _places(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [where, *(place for part, inner in held for place in _places(inner, (*where, part)))]


def _replaced(value: Any, where: tuple[Any, ...], new: Any) -> Any:
    if not where:
        return new
    if isinstance(value, list):
        return [_replaced(inner, where[1:], new) if place == where[0] else inner for place, inner in enumerate(value)]
    return {name: _replaced(inner, where[1:], new) if name == where[0] else inner for name, inner in value.items()}


def test_the_text_that_is_changed_below_is_sound() -> None:
    assert isinstance(_attempt(VALID.encode(), SOUND), Config)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
@settings(deadline=None, max_examples=200)
@example(b"? ")
@example(b"a: 0b_")
@example(b"a: =")
@example(b"--- !<x> &a\n...\n")
def test_any_bytes_are_a_config_or_a_config_error(data: bytes) -> None:
    _attempt(data, {})


@given(st.data(), st.integers(0, len(VALID)), st.integers(0, 8))
@settings(deadline=None, max_examples=300)
def test_a_slip_in_the_text_is_told_without_a_secret(data: st.DataObject, at: int, cut: int) -> None:
    added = data.draw(st.text(st.sampled_from("{}[]:,'\"#&*!|>-? \n\tax0$"), max_size=2))
    text = VALID[:at] + added + VALID[at + cut :]
    assume(CANARY in text)
    for environ in (SOUND, ENVIRON, {}):
        told = _attempt(text.encode(), environ)
        if isinstance(told, tuple):
            assert CANARY not in "\n".join(told)


@given(st.sampled_from(_places(TREE)), ODD)
@settings(deadline=None, max_examples=300)
def test_an_odd_value_anywhere_is_told_without_a_secret(where: tuple[Any, ...], odd: Any) -> None:
    text = yaml.safe_dump(_replaced(TREE, where, odd), allow_unicode=True)
    told = _attempt(text.encode(errors="surrogatepass"), ENVIRON)
    if isinstance(told, tuple):
        assert CANARY not in "\n".join(told)


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=150)
def test_any_text_from_the_environment_is_used_or_told_without_it(value: str) -> None:
    told = _attempt(VALID.encode(), {"SECRET": f"{value}{CANARY}{value}"})
    if isinstance(told, tuple):
        assert CANARY not in "\n".join(told)
