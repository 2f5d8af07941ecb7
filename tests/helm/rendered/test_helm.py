"""The chart as a package: lint, package, and the files that it carries."""

import json
from pathlib import Path

import pytest
import yaml

from tests.helm.places import CHART, VALUES, values

from .chart import helm, only, rendered


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_strict_lint_has_nothing_to_say(path: Path) -> None:
    done = helm("lint", "--strict", "--quiet", str(CHART), "--values", str(path))
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "", "")


def test_strict_lint_takes_the_defaults() -> None:
    assert helm("lint", "--strict", str(CHART)).returncode == 0


def test_the_package_renders_as_the_folder_does(tmp_path: Path) -> None:
    packed = helm("package", str(CHART), "--destination", str(tmp_path))
    assert packed.returncode == 0, packed.stderr
    (archive,) = tmp_path.glob("*.tgz")
    more = ("--namespace", "search", "--values", str(values("providers-and-secret")))
    assert helm("template", "one", str(archive), *more).stdout == helm("template", "one", str(CHART), *more).stdout


def test_it_may_be_part_of_another_chart(tmp_path: Path) -> None:
    """Which hands `global` down to it."""
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: whole\nversion: 1.0.0\n")
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / CHART.name).symlink_to(CHART)
    own = yaml.safe_load(values("providers-and-secret").read_text())
    (tmp_path / "values.yaml").write_text(yaml.safe_dump({"global": {"region": "eu"}, CHART.name: own}))
    done = helm("template", "one", str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_the_rules_are_carried_as_they_are() -> None:
    rule = only(rendered(values("monitored")), "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((CHART / "files/prometheus-rules.yaml").read_text())


def test_the_dashboard_is_carried_as_it_is() -> None:
    carried = only(rendered(values("monitored")), "ConfigMap", "dashboard")
    assert carried["metadata"]["labels"]["grafana_dashboard"] == "1"
    (text,) = carried["data"].values()
    assert json.loads(text) == json.loads((CHART / "files/dashboard.json").read_text())


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_the_notes_can_be_read(path: Path) -> None:
    done = helm("install", "knowledge", str(CHART), "--dry-run=client", "--namespace", "search", "--values", str(path))
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:\n")[2]
    assert "kubectl --namespace search rollout status" in notes
    assert "<no value>" not in notes
