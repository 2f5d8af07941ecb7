"""What the chart asks the cluster for: whether its cursor key is there already, and what a secret lacks."""

import subprocess
from pathlib import Path

import yaml

from tests.helm.places import CHART, values

from .chart import NAMESPACE, RELEASE, helm, only
from .cluster import cluster
from .mounted import ELSEWHERE, secrets

KEY_SECRET = "knowledge-knowledge-store-gateway-cursor-key"
KEY = ELSEWHERE["knowledge-gateway"]["GATEWAY_CURSOR_KEY"]


def in_cluster(folder: Path, name: str, held: dict[str, dict[str, str]]) -> subprocess.CompletedProcess[str]:
    with cluster(folder, held) as kubeconfig:
        place = ("--namespace", NAMESPACE, "--kubeconfig", str(kubeconfig), "--values", str(values(name)))
        return helm("template", RELEASE, str(CHART), "--dry-run=server", "--disable-openapi-validation", *place)


def made(folder: Path, held: dict[str, dict[str, str]]) -> str:
    done = in_cluster(folder, "trying-it-out", held)
    assert done.returncode == 0, done.stderr
    objects = tuple(one for one in yaml.safe_load_all(done.stdout) if one)
    assert only(objects, "Secret", "cursor-key")
    return secrets(objects)[KEY_SECRET]["GATEWAY_CURSOR_KEY"]


def test_a_cursor_key_that_is_there_is_kept(tmp_path: Path) -> None:
    assert made(tmp_path, {KEY_SECRET: {"GATEWAY_CURSOR_KEY": KEY}}) == KEY


def test_a_cursor_key_that_is_not_there_is_made(tmp_path: Path) -> None:
    assert made(tmp_path, {}) != KEY


def test_a_secret_that_lacks_a_key_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    done = in_cluster(tmp_path, "providers-and-secret", {"knowledge-gateway": {"GATEWAY_CURSOR_KEY": KEY}})
    assert done.returncode != 0
    for name in ("AITRONOS_TOKEN", "B3OS_TOKEN"):
        assert f"config refers to {name}, which the secret knowledge-gateway does not have" in done.stderr
    assert "refers to GATEWAY_CURSOR_KEY" not in done.stderr


def test_a_secret_that_has_what_is_needed_is_taken(tmp_path: Path) -> None:
    done = in_cluster(tmp_path, "providers-and-secret", {"knowledge-gateway": ELSEWHERE["knowledge-gateway"]})
    assert done.returncode == 0, done.stderr


def test_a_secret_that_is_still_to_come_may_be_named(tmp_path: Path) -> None:
    assert in_cluster(tmp_path, "providers-and-secret", {}).returncode == 0
