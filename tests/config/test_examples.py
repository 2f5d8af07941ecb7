"""The files under config/ against the code: they load, name every setting, and state the defaults that there are."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme
import yaml
from pydantic import SecretStr

from gateway.api.options import ServerOptions
from gateway.cache.options import CacheOptions, WindowOptions
from gateway.config import load
from gateway.config.cursor_keys import EXAMPLE, encode
from gateway.config.entries import AnonymousEntry, ConfigFile, ProviderEntry, TenantEntry
from gateway.config.schemas import config_schema, provider_schema
from gateway.core.options import Options
from gateway.listing.options import CursorOptions, WalkOptions
from gateway.provider.catalog import names
from gateway.provider.spec import ProviderSpec
from gateway.telemetry.options import LogOptions, TracingOptions
from gateway.upstream.options import BreakerOptions, RetryBudgetOptions, TlsOptions, UpstreamOptions
from tests.config.writing import CURSOR_KEY, KEY, OTHER_KEY, loaded, written

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config" / "gateway.yaml"
TEXT = CONFIG.read_text()
EXAMPLE_SPEC = ROOT / "config/providers/example.yaml"
SPECS = [
    *sorted((ROOT / "config/providers").iterdir()),
    *(ROOT / f"gateway/provider/catalog/{name}.yaml" for name in names()),
]

#: one line of YAML behind a comment sign: prose begins with a capital letter or is indented further
COMMENTED = re.compile(r"^( *)# ( *(?:[a-z_]+:(?: .*)?))$", re.MULTILINE)
#: the example with every setting switched on
EVERYTHING = COMMENTED.sub(r"\1\2", TEXT)

SECTIONS: dict[str, type[Options]] = {
    "server": ServerOptions,
    "cache": CacheOptions,
    "cursor": CursorOptions,
    "walk": WalkOptions,
    "log": LogOptions,
    "tracing": TracingOptions,
}
CLASSES: list[tuple[str, type[Options]]] = [
    ("", ConfigFile),
    *SECTIONS.items(),
    ("providers.aitronos", ProviderEntry),
    ("providers.aitronos", UpstreamOptions),
    ("providers.aitronos.breaker", BreakerOptions),
    ("providers.aitronos.retry_budget", RetryBudgetOptions),
    ("providers.aitronos.tls", TlsOptions),
    ("providers.aitronos.cache", WindowOptions),
    ("tenants.search-team", TenantEntry),
    ("anonymous", AnonymousEntry),
]
#: what each installation writes itself
OWN = {"cursor": {"keys"}}


def _at(text: str, path: str) -> Any:
    value = yaml.safe_load(text)
    for name in path.split(".") if path else ():
        value = value[name]
    return value


def _environ() -> dict[str, str]:
    """A value for each variable that the example names."""
    values = dict.fromkeys(re.findall(r"\$\{([A-Z0-9_]+)\}", EVERYTHING), "something")
    digests = {"SEARCH_TEAM_KEY_DIGEST": KEY, "DASHBOARD_KEY_DIGEST": OTHER_KEY}
    return values | {"GATEWAY_CURSOR_KEY": CURSOR_KEY} | digests


def test_the_example_loads_with_the_environment_it_names() -> None:
    config = load(CONFIG, _environ())
    assert config.warnings() == []
    assert sorted(config.upstreams()) == ["aitronos", "b3os", "example", "scale-dex"]


def test_the_example_loads_with_every_setting_switched_on(tmp_path: Path) -> None:
    authority = trustme.CA()
    mine = authority.issue_cert("gateway")
    (tmp_path / "certificates").mkdir()
    authority.cert_pem.write_to_path(str(tmp_path / "certificates/ca.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "certificates/client.pem"))
    mine.private_key_pem.write_to_path(str(tmp_path / "certificates/client.key"))
    written(tmp_path, EXAMPLE_SPEC.read_text(), "providers/example.yaml")
    secret = written(tmp_path, "a secret", "search-aitronos")
    config = loaded(tmp_path, EVERYTHING.replace("/run/secrets/search-aitronos", str(secret)), _environ())
    assert config.cache.url
    assert config.providers["aitronos"].upstream.proxy == "http://proxy.internal:3128"
    assert config.anonymous


@pytest.mark.parametrize(("path", "options"), CLASSES)
def test_every_setting_is_in_the_example(path: str, options: type[Options]) -> None:
    assert set(options.model_fields) <= set(_at(EVERYTHING, path))


def test_the_example_names_nothing_else() -> None:
    jsonschema.validate(_at(EVERYTHING, ""), config_schema())


@pytest.mark.parametrize(("section", "options"), SECTIONS.items())
def test_what_the_example_states_is_the_default(section: str, options: type[Options]) -> None:
    stated = {name: value for name, value in _at(TEXT, section).items() if name not in OWN.get(section, set())}
    assert stated
    assert options.model_validate(stated) == options()


def test_the_rest_of_the_example_states_defaults_too() -> None:
    stated = dict(_at(TEXT, "providers.aitronos").items())
    calls = {name: value for name, value in stated.items() if name in UpstreamOptions.model_fields}
    assert UpstreamOptions.model_validate(calls) == UpstreamOptions()
    assert stated["enabled"] is ProviderEntry.model_fields["enabled"].default
    assert _at(TEXT, "environment") == ConfigFile.model_fields["environment"].default


@pytest.mark.parametrize("section", [*SECTIONS, "providers.aitronos"])
def test_what_has_a_default_stands_without_a_comment_sign(section: str) -> None:
    options = SECTIONS.get(section, UpstreamOptions)
    known = {name for name, one in options.model_fields.items() if one.default is not None and name != "tls"}
    assert known <= set(_at(TEXT, section))


def test_the_cursor_key_that_the_example_warns_of_is_the_one_that_is_refused() -> None:
    assert encode(EXAMPLE) in TEXT


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_fits_the_schema_and_the_code(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    jsonschema.validate(content, provider_schema())
    ProviderSpec.model_validate(content)


@pytest.mark.parametrize(
    ("name", "schema"), [("gateway", config_schema()), ("provider", provider_schema())], ids=["config", "provider"]
)
def test_the_schema_in_the_repository_is_the_one_of_the_code(name: str, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    written = (ROOT / "config" / f"{name}.schema.json").read_text()
    assert written == json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "knowledge-gateway schema > that file"


@pytest.mark.parametrize(
    "value",
    [
        {"server": {"port": "${PORT}", "deadline": "${WAIT}"}},
        {"server": None},
        {"environment": "${ENVIRONMENT}", "log": {"level": "${LEVEL}"}},
        {"tenants": {"t": {"keys": ["${DIGEST}"], "providers": ["a"]}}},
        {"providers": {"a": {"type": "a", "enabled": "${ON}", "cache": {"revalidate": "${R}"}}}},
    ],
)
def test_the_schema_allows_references_and_empty_sections(value: dict[str, Any]) -> None:
    jsonschema.validate({"providers": {}} | value, config_schema())


@pytest.mark.parametrize(
    "value",
    [
        {"server": {"port": "x"}},
        {"servr": {}},
        {"providers": {"A b": {"type": "a"}}},
        {"providers": {"a": {}}},
        {"tenants": {"t": {"keys": [], "providers": ["a"]}}},
        {"tenants": {"t": {"keys": ["x"], "providers": ["a"]}}},
    ],
)
def test_the_schema_refuses_what_the_code_refuses(value: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"providers": {}} | value, config_schema())


@pytest.mark.parametrize("options", [options for _, options in CLASSES])
def test_every_setting_has_a_default_that_is_valid_in_yaml(options: type[Options]) -> None:
    for name, field in options.model_fields.items():
        assert field.is_required() == (name == "type"), name
        assert not isinstance(field.default, SecretStr), name
