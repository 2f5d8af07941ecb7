"""Labels, and pod security "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/)."""

from pathlib import Path

import pytest

from tests.helm.places import VALUES

from .chart import RELEASE, Object, of_kind, pods, rendered

LABELS = ("name", "instance", "component", "version", "part-of", "managed-by")
#: volumes that the standard allows
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}

every_file = pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)


def containers(path: Path) -> list[Object]:
    return [one for _, spec in pods(rendered(path)) for one in [*spec["containers"], *spec.get("initContainers", ())]]


@every_file
def test_every_object_has_the_labels_of_kubernetes(path: Path) -> None:
    for one in rendered(path):
        labels = one["metadata"]["labels"]
        assert [name for name in LABELS if not labels.get(f"app.kubernetes.io/{name}")] == []
        assert (labels["app.kubernetes.io/instance"], labels["app.kubernetes.io/managed-by"]) == (RELEASE, "Helm")
        assert labels["helm.sh/chart"].startswith("knowledge-store-gateway-")


@every_file
def test_a_selector_holds_what_never_changes_and_fits_its_pods(path: Path) -> None:
    for one in of_kind(rendered(path), "Deployment"):
        selector = one["spec"]["selector"]["matchLabels"]
        assert set(selector) == {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component")}
        assert selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()


@every_file
def test_the_services_select_pods_of_the_release(path: Path) -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in of_kind(rendered(path), "Deployment")]
    for service in of_kind(rendered(path), "Service"):
        assert [one for one in labels if service["spec"]["selector"].items() <= one.items()]


@every_file
def test_every_pod_runs_as_a_user_without_rights(path: Path) -> None:
    for _, spec in pods(rendered(path)):
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()


@every_file
def test_every_container_is_restricted_and_writes_nothing(path: Path) -> None:
    for one in containers(path):
        security = one["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert not security.get("privileged")
        assert not any("hostPort" in port for port in one.get("ports", ()))


@every_file
def test_no_volume_is_of_the_node(path: Path) -> None:
    for _, spec in pods(rendered(path)):
        assert {key for one in spec.get("volumes", ()) for key in one if key != "name"} <= VOLUMES


@every_file
def test_no_pod_has_a_token_of_the_cluster(path: Path) -> None:
    assert all(spec["automountServiceAccountToken"] is False for _, spec in pods(rendered(path)))
    assert all(one["automountServiceAccountToken"] is False for one in of_kind(rendered(path), "ServiceAccount"))


@every_file
def test_every_container_has_a_memory_limit_and_asks_for_what_it_needs(path: Path) -> None:
    for one in containers(path):
        assert one["resources"]["limits"].keys() == {"memory"}
        assert one["resources"]["requests"].keys() == {"cpu", "memory"}


@every_file
def test_no_image_is_the_latest(path: Path) -> None:
    images = [one["image"] for one in containers(path)]
    assert [one for one in images if one.endswith(":latest") or ":" not in one.rpartition("/")[2]] == []
