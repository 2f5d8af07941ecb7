"""The configuration as the pods find it, read by the gateway itself."""

import re
from pathlib import Path

import pytest
import yaml

from gateway.config import load
from gateway.config.cursor_keys import decode
from tests.helm.places import CHART, VALUES, values

from .chart import container, of_kind, only, rendered
from .mounted import ELSEWHERE, config_of, environ, secrets

every_file = pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)


@every_file
def test_the_gateway_takes_the_config_with_what_is_mounted(path: Path) -> None:
    config = config_of(rendered(path))
    assert config.enabled()
    assert config.keys


@every_file
def test_the_config_map_holds_what_the_values_say(path: Path) -> None:
    """Beside it: what the chart sets by default, where Redis is, and where traces go."""
    given = yaml.safe_load(path.read_text())["config"]
    written = yaml.safe_load(only(rendered(path), "ConfigMap")["data"]["gateway.yaml"])
    assert set(written) - set(given) <= {"server", "cursor", "cache", "tracing"}
    for name, section in given.items():
        if isinstance(section, dict):
            assert section.items() <= written[name].items()
        else:
            assert written[name] == section


@every_file
def test_no_config_map_holds_a_secret(path: Path) -> None:
    text = "".join(str(one["data"]) for one in of_kind(rendered(path), "ConfigMap"))
    hidden = {value for data in secrets(rendered(path)).values() for value in data.values()}
    assert [value for value in hidden if value in text] == []


@every_file
def test_a_pod_gets_the_variables_that_the_config_names_and_no_more(path: Path) -> None:
    config = only(rendered(path), "ConfigMap")["data"]["gateway.yaml"]
    given = {one["name"] for one in yaml.safe_load(path.read_text()).get("env", ())}
    assert all(f"${{{name}}}" in config for name in environ(rendered(path)).keys() - given)


@every_file
def test_the_probes_and_services_lead_to_the_ports_of_the_config(path: Path) -> None:
    server = config_of(rendered(path)).server
    ports = {one["name"]: one["containerPort"] for one in container(rendered(path))["ports"]}
    assert ports == {"http": server.port, **({"metrics": server.metrics_port} if server.metrics_port else {})}
    probes = [
        container(rendered(path))[f"{name}Probe"]["httpGet"]["port"] for name in ("startup", "readiness", "liveness")
    ]
    assert set(probes) <= ports.keys()
    assert {port["targetPort"] for one in of_kind(rendered(path), "Service") for port in one["spec"]["ports"]} <= {
        *ports,
        "redis",
    }


@every_file
def test_the_gateway_listens_where_others_reach_it(path: Path) -> None:
    assert config_of(rendered(path)).server.host in {"0.0.0.0", "::"}


def test_large_numbers_stay_numbers() -> None:
    config = config_of(rendered(values("numbers")))
    assert (config.cache.memory, config.cache.fresh, config.cache.if_error) == (268_435_456, 0.5, 604_800)


def test_large_numbers_from_the_command_line_stay_numbers() -> None:
    objects = rendered(values("numbers"), sets=("config.providers.aitronos.max_decoded_body=104857600",))
    assert config_of(objects).providers["aitronos"].upstream.max_decoded_body == 104_857_600


def test_a_key_that_the_chart_makes_is_one_that_the_gateway_takes(tmp_path: Path) -> None:
    made = secrets(rendered(values("trying-it-out")))["knowledge-knowledge-store-gateway-cursor-key"]
    assert len(decode(made["GATEWAY_CURSOR_KEY"])) == 64
    assert made["GATEWAY_CURSOR_KEY"] != ELSEWHERE["knowledge-gateway"]["GATEWAY_CURSOR_KEY"]


def test_a_key_that_the_chart_makes_stays_when_the_release_goes() -> None:
    made = only(rendered(values("trying-it-out")), "Secret", "cursor-key")
    assert made["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_the_address_of_redis_comes_from_where_the_values_say() -> None:
    urls = {
        name: config_of(rendered(values(name))).cache.url
        for name in ("redis-url", "redis-secret", "redis-in-config", "trying-it-out", "providers-and-secret")
    }
    assert {name: url and url.get_secret_value() for name, url in urls.items()} == {
        "redis-url": "redis://redis.cache.svc.cluster.local:6380/1",
        "redis-secret": "redis://:hidden-redis@redis.example.com:6390/0",
        "redis-in-config": "rediss://:hidden-redis@10.1.2.3:6380/0",
        "trying-it-out": "redis://knowledge-knowledge-store-gateway-valkey:6379/0",
        "providers-and-secret": None,
    }


def test_what_stands_beside_the_address_of_redis_stays() -> None:
    assert config_of(rendered(values("redis-url"))).cache.prefix == "team"


def test_traces_go_where_the_values_say_and_else_nowhere() -> None:
    endpoints = {
        name: config_of(rendered(values(name))).tracing.endpoint
        for name in ("traced", "traced-on-the-node", "providers-and-secret")
    }
    assert endpoints == {
        "traced": "http://otel-collector.observability.svc:4318",
        "traced-on-the-node": "http://a-field:4318/otlp",
        "providers-and-secret": None,
    }


def test_what_stands_beside_the_address_of_a_collector_stays() -> None:
    tracing = config_of(rendered(values("traced"))).tracing
    assert (tracing.sample, tracing.service) == (0.5, "knowledge")


def test_traces_may_be_set_as_the_gateway_has_it() -> None:
    objects = rendered(values("providers-and-secret"), sets=('config.tracing.endpoint="http://collector:4318"',))
    assert config_of(objects).tracing.endpoint == "http://collector:4318"


def test_the_examples_of_the_readme_install(tmp_path: Path) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```$", (CHART / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "values.yaml").write_text("".join(examples).replace("sha256:…", f"sha256:{'0' * 64}"))
    objects = rendered(tmp_path / "values.yaml")
    assert config_of(objects).tracing.endpoint
    assert of_kind(objects, "PrometheusRule")
    assert {one["name"] for one in container(objects)["volumeMounts"]} == {"config", "secrets"}
    assert only(objects, "ConfigMap")["data"]["gateway.yaml"].count("${file:") == 3


def test_a_file_that_is_not_mounted_is_missed() -> None:
    """So that what is seen above means something."""
    with pytest.raises(Exception, match="there is no such file"):
        load(Path("/etc/knowledge-gateway/none.yaml"), {}, read=_nothing)


def _nothing(path: Path, limit: int) -> bytes:
    raise FileNotFoundError(path)
