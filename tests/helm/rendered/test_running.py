"""How the pods are started, stopped, spread and replaced."""

import math
from pathlib import Path

import pytest

from tests.helm.places import VALUES, values

from .chart import Object, container, of_kind, only, rendered
from .mounted import config_of

LEAST = values("providers-and-secret")


def deployment(path: Path, sets: tuple[str, ...] = ()) -> Object:
    found: Object = only(rendered(path, sets=sets), "Deployment")["spec"]
    return found


def pod(path: Path, sets: tuple[str, ...] = ()) -> Object:
    found: Object = deployment(path, sets)["template"]["spec"]
    return found


def annotations(path: Path, sets: tuple[str, ...] = ()) -> Object:
    found: Object = deployment(path, sets)["template"]["metadata"]["annotations"]
    return found


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_the_grace_period_outlasts_what_the_gateway_does_when_it_stops(path: Path) -> None:
    """As in service.py: it drains, and then requests in flight have the longest time there is and a second."""
    server = config_of(rendered(path)).server
    hook = container(rendered(path)).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    needed = hook + server.drain + math.ceil(max(server.deadline, server.max_timeout)) + 1
    assert needed < pod(path)["terminationGracePeriodSeconds"] <= needed + 6


def test_what_the_values_leave_out_is_as_the_gateway_has_it() -> None:
    sets = tuple(f"config.server.{name}=null" for name in ("drain", "port", "metrics_port"))
    objects = rendered(LEAST, sets=sets)
    server = config_of(objects).server
    assert server.model_fields_set == {"host"}
    assert [one["containerPort"] for one in container(objects)["ports"]] == [server.port, server.metrics_port]
    stopping = math.ceil(server.drain) + math.ceil(max(server.deadline, server.max_timeout)) + 6
    assert pod(LEAST, sets)["terminationGracePeriodSeconds"] == stopping


def test_a_grace_period_may_be_longer() -> None:
    assert pod(LEAST, ("shutdown.gracePeriodSeconds=300",))["terminationGracePeriodSeconds"] == 300


def test_the_gateway_drains_by_itself() -> None:
    assert "lifecycle" not in container(rendered(LEAST))


def test_a_load_balancer_outside_may_be_waited_for() -> None:
    assert container(rendered(values("slow-stop")))["lifecycle"] == {"preStop": {"sleep": {"seconds": 15}}}


def test_a_release_takes_nothing_away_before_its_successor_serves() -> None:
    assert deployment(LEAST)["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_two_pods_over_zones_and_nodes() -> None:
    assert deployment(LEAST)["replicas"] == 2
    spread = {one["topologyKey"]: one["whenUnsatisfiable"] for one in pod(LEAST)["topologySpreadConstraints"]}
    assert spread == {"topology.kubernetes.io/zone": "ScheduleAnyway", "kubernetes.io/hostname": "ScheduleAnyway"}


def test_a_drain_of_nodes_takes_one_pod_at_a_time_and_is_never_blocked() -> None:
    spec = only(rendered(LEAST), "PodDisruptionBudget")["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_who_scales_says_how_many() -> None:
    assert "replicas" not in deployment(values("autoscaled"))
    spec = only(rendered(values("autoscaled")), "HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 20)
    cpu, in_flight = spec["metrics"]
    assert cpu["resource"]["target"] == {"type": "Utilization", "averageUtilization": 60}
    assert in_flight["pods"]["metric"]["name"] == "knowledge_gateway_http_requests_in_flight"


def test_another_config_is_other_pods() -> None:
    other = annotations(LEAST, ('config.environment="other"',))
    assert other["checksum/config"] != annotations(LEAST)["checksum/config"]


def test_another_spec_of_a_provider_is_other_pods() -> None:
    own = values("own-providers")
    other = annotations(own, ('providerSpecs.chroma\\.yaml.title="Another"',))
    assert other["checksum/config"] != annotations(own)["checksum/config"]


def test_another_created_secret_is_other_pods() -> None:
    created = values("created-secret")
    other = annotations(created, ('secrets.values.AITRONOS_TOKEN="another"',))
    assert other["checksum/secret"] != annotations(created)["checksum/secret"]
    assert other["checksum/config"] == annotations(created)["checksum/config"]


def test_what_the_gateway_reloads_by_itself_replaces_no_pod() -> None:
    assert not [name for name in annotations(values("switched-off")) if name.startswith("checksum")]


def test_the_same_values_are_the_same_pods() -> None:
    """A cursor key that is made anew without a cluster must not be part of them."""
    trial = values("trying-it-out")
    assert (
        deployment(trial)["template"]
        == only(rendered(trial, sets=("replicaCount=3",)), "Deployment")["spec"]["template"]
    )


def test_mounts_are_folders_which_alone_are_renewed() -> None:
    for path in VALUES:
        assert [one for one in container(rendered(path))["volumeMounts"] if "subPath" in one] == []


def test_ready_is_asked_where_clients_come_in_and_alive_where_they_do_not() -> None:
    gateway = container(rendered(LEAST))
    assert gateway["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert gateway["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}


def test_without_a_metrics_port_alive_is_asked_on_the_other() -> None:
    assert container(rendered(values("switched-off")))["livenessProbe"]["httpGet"]["port"] == "http"


def test_an_ingress_and_a_route_lead_to_the_path_of_the_config() -> None:
    rules = only(rendered(values("ingress")), "Ingress")["spec"]["rules"]
    assert [rule["http"]["paths"][0]["path"] for rule in rules] == ["/knowledge", "/knowledge"]
    (match,) = only(rendered(values("http-route")), "HTTPRoute")["spec"]["rules"][0]["matches"]
    assert match["path"]["value"] == "/"


def test_a_route_waits_longer_than_the_gateway_does() -> None:
    (rule,) = only(rendered(values("http-route")), "HTTPRoute")["spec"]["rules"]
    assert rule["timeouts"] == {"request": "62s"}


def test_prometheus_reads_each_pod_by_the_metrics_service() -> None:
    objects = rendered(values("monitored"))
    monitor = only(objects, "ServiceMonitor")["spec"]
    services = [
        one
        for one in of_kind(objects, "Service")
        if monitor["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
    ]
    assert [one["spec"]["ports"][0]["port"] for one in services] == [9191]
    assert services[0]["spec"]["clusterIP"] == "None"


def test_the_service_of_the_api_has_no_metrics() -> None:
    assert [one["name"] for one in only(rendered(LEAST), "Service")["spec"]["ports"]] == ["http"]


def test_an_image_by_digest_is_no_other() -> None:
    assert container(rendered(values("placed")))["image"].endswith(f"@sha256:{'1' * 64}")
