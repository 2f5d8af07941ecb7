"""Who reaches the pods, and whom they reach."""

from typing import Any

import pytest

from tests.helm.places import values

from .chart import Object, of_kind, only, rendered

DNS = {("UDP", 53), ("TCP", 53)}


def policy(name: str, sets: tuple[str, ...] = ()) -> Object:
    found: Object = only(rendered(values(name), sets=sets), "NetworkPolicy")["spec"]
    return found


def ports(rule: Object) -> set[tuple[str, Any]]:
    return {(one["protocol"], one["port"]) for one in rule.get("ports", ())}


def namespaces(rule: Object) -> list[str]:
    return [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in rule["to"]]


def outward(name: str, port: int) -> Object:
    """The rule that opens a port."""
    return next(rule for rule in policy(name)["egress"] if ("TCP", port) in ports(rule))


def test_nothing_goes_in_or_out_that_no_rule_allows() -> None:
    assert policy("providers-and-secret")["policyTypes"] == ["Ingress", "Egress"]


def test_out_to_built_in_providers_and_dns_and_no_further() -> None:
    assert [ports(rule) for rule in policy("providers-and-secret")["egress"]] == [DNS, {("TCP", 443)}]


def test_private_networks_and_the_metadata_service_are_not_among_the_providers() -> None:
    (four, six) = outward("providers-and-secret", 443)["to"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(four["ipBlock"]["except"])
    assert six["ipBlock"]["cidr"] == "2000::/3"


def test_a_provider_opens_the_port_of_its_address_or_proxy() -> None:
    outside = outward("own-providers", 8443)
    assert ports(outside) == {("TCP", 8443), ("TCP", 3128), ("TCP", 9443)}
    assert outside["to"] == [{"ipBlock": {"cidr": "203.0.113.0/24"}}]


def test_a_provider_that_is_switched_off_opens_nothing() -> None:
    assert ("TCP", 7777) not in {one for rule in policy("own-providers")["egress"] for one in ports(rule)}


def test_a_provider_named_by_its_address_opens_that_alone() -> None:
    assert outward("own-providers", 8001)["to"] == [{"ipBlock": {"cidr": "10.9.8.7/32"}}]
    assert outward("own-providers", 8002)["to"] == [{"ipBlock": {"cidr": "fd00::7/128"}}]


def test_a_provider_in_the_cluster_opens_its_namespace_on_all_ports() -> None:
    """A policy is applied behind the service, where the port may be another one."""
    open_namespaces = [namespaces(rule) for rule in policy("own-providers")["egress"] if "ports" not in rule]
    assert sorted(open_namespaces) == [["search"], ["vectors"]]


def test_further_rules_stand_as_they_are_written() -> None:
    assert namespaces(outward("own-providers", 4317)) == ["tracing"]


def test_out_to_a_redis_in_the_cluster() -> None:
    assert [namespaces(rule) for rule in policy("redis-url")["egress"] if "ports" not in rule] == [["cache"]]


def test_out_to_a_redis_at_an_address() -> None:
    assert outward("redis-in-config", 6380)["to"] == [{"ipBlock": {"cidr": "10.1.2.3/32"}}]


def test_out_to_a_redis_whose_address_is_secret() -> None:
    assert outward("redis-secret", 6390)["to"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}]


def test_out_to_a_collector_of_traces_in_the_cluster() -> None:
    assert [namespaces(rule) for rule in policy("traced")["egress"] if "ports" not in rule] == [["observability"]]


def test_out_to_a_collector_whose_host_only_the_pod_knows() -> None:
    assert outward("traced-on-the-node", 4318)["to"] == [{"ipBlock": {"cidr": "10.30.0.0/16"}}]


@pytest.mark.parametrize(
    ("endpoint", "port", "to"),
    [
        ("http://10.1.2.3:4319", 4319, [{"ipBlock": {"cidr": "10.1.2.3/32"}}]),
        ("https://otlp.example.com/base", 443, None),
        ("http://otlp.example.com", 80, None),
        ("https://${NODE_IP}", 443, None),
        ("http://${NODE_IP}:5318/base:1", 5318, None),
    ],
)
def test_out_to_a_collector_elsewhere_on_its_port(endpoint: str, port: int, to: list[Object] | None) -> None:
    sets = (f'tracing.endpoint="{endpoint}"', "networkPolicy.tracing.to=[]")
    rule = policy("traced-on-the-node", sets)["egress"][-1]
    assert (ports(rule), rule.get("to")) == ({("TCP", port)}, to)


def test_the_valkey_takes_the_gateway_alone_and_calls_nobody() -> None:
    spec = only(rendered(values("trying-it-out")), "NetworkPolicy", "valkey")["spec"]
    (rule,) = spec["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "gateway"
    assert spec["egress"] == []


def test_the_gateway_reaches_the_valkey_beside_it() -> None:
    labels = outward("trying-it-out", 6379)["to"][0]["podSelector"]["matchLabels"]
    deployment = only(rendered(values("trying-it-out")), "Deployment", "valkey")
    assert labels.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_metrics_are_for_monitoring_and_the_api_for_clients() -> None:
    api, metrics = policy("ingress")["ingress"]
    assert (ports(api), ports(metrics)) == ({("TCP", "http")}, {("TCP", "metrics")})
    assert "ingress-nginx" in str(api["from"])
    assert "monitoring" in str(metrics["from"])


def test_the_chart_s_own_test_is_let_in() -> None:
    pod = only(rendered(values("ingress")), "Pod")["metadata"]["labels"]
    for rule in policy("ingress")["ingress"]:
        assert any(
            one["podSelector"]["matchLabels"].items() <= pod.items() for one in rule["from"] if "podSelector" in one
        )


def test_no_metrics_no_way_to_them() -> None:
    assert of_kind(rendered(values("switched-off")), "NetworkPolicy") == []
    (api,) = policy("switched-off", ("networkPolicy.enabled=true",))["ingress"]
    assert ports(api) == {("TCP", "http")}
