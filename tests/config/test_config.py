from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from tests.config.writing import COMMON, CURSOR_KEY, KEY, PROVIDER, TENANT, VALID, loaded, with_entry

UNENCRYPTED = "providers.aitronos: credentials travel unencrypted: its base_url begins with http://"


def test_a_sound_config_has_no_warnings(tmp_path: Path) -> None:
    assert loaded(tmp_path, VALID).warnings() == []


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param(
            PROVIDER + TENANT,
            "cursor.keys: there is none, so cursors die with this process; knowledge-gateway cursor-key makes one",
            id="no cursor key",
        ),
        pytest.param(
            VALID.replace("cursor: {", "cursor: {format: 1, "),
            "cursor.format: 1 is for the time in which replicas of the release before still run; "
            "take it away once they are gone",
            id="former cursors",
        ),
        pytest.param(
            COMMON + PROVIDER + "anonymous: {providers: [aitronos]}\n",
            "anonymous: whoever reaches the port may list aitronos, without a key",
            id="anonymous",
        ),
        pytest.param(
            VALID.replace(
                "providers:\n",
                "providers:\n  spare: {type: b3os, params: {organization_id: o}, credentials: {token: t}}\n",
                1,
            ),
            "providers.spare: no tenant may list it",
            id="provider without a tenant",
        ),
        pytest.param(
            with_entry("enabled: false"),
            "tenants.search: every provider it may list is switched off",
            id="tenant without a provider",
        ),
        pytest.param(with_entry("base_url: http://api.internal"), UNENCRYPTED, id="http"),
    ],
)
def test_what_may_be_a_mistake_is_a_warning(tmp_path: Path, text: str, warning: str) -> None:
    assert loaded(tmp_path, text).warnings() == [warning]


@pytest.mark.parametrize(
    "host", ["http://localhost:1", "http://api.localhost", "http://127.0.0.9", "http://[::1]:1", "https://far.away"]
)
def test_credentials_may_travel_within_the_machine_and_encrypted(tmp_path: Path, host: str) -> None:
    assert loaded(tmp_path, with_entry(f'base_url: "{host}"')).warnings() == []


def test_no_secret_is_in_the_repr(tmp_path: Path) -> None:
    text = "cache: {url: redis://u:CANARY@r}\n" + with_entry("headers: {X-A: CANARY}").replace("${TOKEN}", "CANARY")
    config = loaded(tmp_path, text)
    assert "CANARY" not in repr(config)
    assert CURSOR_KEY not in repr(config)
    assert repr(config.cursor_keys()[0]) not in repr(config)


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID)
    with pytest.raises(AttributeError):
        config.environment = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.providers["x"] = config.providers["aitronos"]  # type: ignore[index]


def test_only_what_is_switched_on_is_called(tmp_path: Path) -> None:
    config = loaded(tmp_path, with_entry("enabled: false"))
    assert (config.upstreams(), config.windows(), config.enabled()) == ({}, {}, ())
    assert not config.providers["aitronos"].enabled


def test_addresses_can_be_overridden(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID).listening_on(host="::", port=0, metrics_port=1)
    assert (config.server.host, config.server.port, config.server.metrics_port) == ("::", 0, 1)
    assert config.listening_on().server == config.server


def test_an_overridden_port_cannot_be_that_of_the_metrics(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="choose two"):
        loaded(tmp_path, VALID).listening_on(port=9090)


def test_ten_thousand_tenants_of_a_thousand_providers_are_read_in_a_few_seconds(tmp_path: Path) -> None:
    providers = "".join(
        f"  p{n}: {{type: aitronos, params: {{organization_id: o{n}}}, credentials: {{token: t}}}}\n"
        for n in range(1000)
    )
    tenants = "".join(
        f'  t{n}: {{keys: ["sha256:{n:064x}"], providers: [p{n % 1000}, p{(n + 1) % 1000}]}}\n'
        for n in range(1, 10_001)
    )
    config = loaded(tmp_path, f"{COMMON}providers:\n{providers}tenants:\n{tenants}")
    assert (len(config.providers), len(config.tenants), len(config.digests)) == (1000, 10_000, 10_000)
    assert len({id(config.provider(tenant, name)) for tenant in config.tenants for name in tenant.providers}) == 1000


def test_the_key_ring_of_a_config_knows_its_tenants(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID)
    assert config.key_ring().tenant_of(b"key of the search team") == config.tenants[0]
    assert config.key_ring().tenant_of(KEY.encode()) is None
