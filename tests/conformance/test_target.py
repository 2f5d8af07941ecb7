"""Whom a probe asks: providers of a config and spec files."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import Access
from gateway.conformance.target import access
from gateway.core.errors import ConfigError
from tests.config.writing import COMMON, ENVIRON, OTHER_KEY, PROVIDER, TENANT, VALID, written
from tests.support.simulated_specs import spec_text

OTHER = """\
  by-tenant:
    type: b3os
    params: {organization_id: org_2}
    page_size: 20
"""
TENANTS = f"""\
  dashboard:
    keys: ["{OTHER_KEY}"]
    providers: [by-tenant]
    credentials: {{by-tenant: {{token: "${{TOKEN}}"}}}}
"""
CONFIG = COMMON + PROVIDER + OTHER + TENANT + TENANTS


def _access(folder: Path, target: str, text: str = CONFIG, **given: Any) -> Access:
    return access(target, ENVIRON, config=written(folder, text), **given)


def _problems(folder: Path, target: str, text: str = CONFIG, **given: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _access(folder, target, text, **given)
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]


def test_a_provider_of_the_config_is_asked_as_it_is_configured(tmp_path: Path) -> None:
    found = _access(tmp_path, "aitronos")
    assert (found.settings.name, found.settings.page_size) == ("aitronos", 100)
    assert found.params == {"organization_id": "org_1"}
    assert found.credentials == {"token": ENVIRON["TOKEN"]}


def test_one_that_is_switched_off_is_asked_too(tmp_path: Path) -> None:
    off = VALID.replace("    type: aitronos", "    type: aitronos\n    enabled: false")
    assert not _access(tmp_path, "aitronos", off).settings.enabled


def test_an_unknown_one_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert _problems(tmp_path, "aitrons") == ["no such provider aitrons; did you mean aitronos?"]


def test_one_that_tenants_bring_credentials_for_is_asked_as_a_tenant(tmp_path: Path) -> None:
    assert _problems(tmp_path, "by-tenant") == [
        "by-tenant is reached with what its tenants bring: name one with --tenant: dashboard"
    ]
    assert _access(tmp_path, "by-tenant", tenant="dashboard").settings.page_size == 20
    assert _problems(tmp_path, "by-tenant", tenant="dashbord") == [
        "--tenant: no such tenant dashbord; did you mean dashboard?"
    ]


def test_a_tenant_that_brings_nothing_uses_the_providers_own(tmp_path: Path) -> None:
    assert _access(tmp_path, "aitronos", tenant="search").credentials == {"token": ENVIRON["TOKEN"]}


def test_every_mistake_of_the_config_is_told(tmp_path: Path) -> None:
    assert _problems(tmp_path, "aitronos", "server: {prot: 1}\n" + CONFIG)[0].startswith("gateway.yaml:1: server: ")


def test_a_spec_file_needs_no_config(tmp_path: Path) -> None:
    file = written(tmp_path, spec_text("token"), "my_api.yaml")
    given: dict[str, Any] = {"base_url": "https://API.test/", "params": {"list": "${LIST}"}}
    found = access(str(file), {"LIST": "mine"}, config=tmp_path / "none.yaml", **given)
    assert (found.settings.name, found.settings.base_url) == ("my-api", "https://api.test")
    assert found.params == {"list": "mine"}


def test_so_does_a_built_in_type_that_is_given_what_reaches_it(tmp_path: Path) -> None:
    given: dict[str, Any] = {"params": {"organization_id": "o"}, "credentials": {"token": "${TOKEN}"}}
    found = access("b3os", ENVIRON, config=tmp_path / "none.yaml", **given)
    assert found.credentials == {"token": ENVIRON["TOKEN"]}


def test_every_mistake_of_the_command_line_is_told_as_one(tmp_path: Path) -> None:
    file = written(tmp_path, spec_text("token"), "my_api.yaml")
    given: dict[str, Any] = {"base_url": "ftp://x", "params": {"lists": "x"}, "credentials": {"token": "${NONE}"}}
    with pytest.raises(ConfigError) as caught:
        access(str(file), {}, config=tmp_path / "none.yaml", **given)
    assert sorted(caught.value.problems) == [
        "command line: base_url: begin with https:// or http://",
        "command line: credentials.token: the environment variable NONE is not set",
        "command line: params: list is missing; add it under params",
        "command line: params: unknown param lists; did you mean list?",
    ]


def test_every_mistake_of_the_spec_is_told_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, spec_text("token").replace("style: token", "style: tokens"), "my_api.yaml")
    with pytest.raises(ConfigError) as caught:
        access(str(file), {}, config=tmp_path / "none.yaml", base_url="https://a.test")
    assert caught.value.problems[0].startswith(f"{file}:")


def test_a_spec_file_has_no_tenants(tmp_path: Path) -> None:
    assert _problems(tmp_path, "my.yaml", tenant="search") == [
        "--tenant: only a provider of a config has tenants: remove it"
    ]


def test_no_mistake_repeats_a_credential(tmp_path: Path) -> None:
    file = written(tmp_path, spec_text("token"), "my_api.yaml")
    with pytest.raises(ConfigError) as caught:
        access(str(file), {}, config=tmp_path / "none.yaml", credentials={"CANARY": "CANARY\n"})
    assert not [line for line in caught.value.problems if "CANARY" in line]
