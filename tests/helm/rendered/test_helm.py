"""The chart as a package: lint, package, and the files that it carries."""

import json
from pathlib import Path

import pytest
import yaml

from tests.helm.places import CHART, VALUES, values

from .chart import Object, helm, only, rendered


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


def rules(name: str) -> Object:
    found: Object = only(rendered(values(name)), "PrometheusRule")["spec"]
    return found


def with_links(runbook: str | None) -> Object:
    """The rules of the file, with links to this runbook instead of paths in the repository."""
    whole: Object = yaml.safe_load((CHART / "files/prometheus-rules.yaml").read_text())
    for notes in (rule["annotations"] for group in whole["groups"] for rule in group["rules"] if "alert" in rule):
        path, _, entry = notes.pop("runbook_url").partition("#")
        assert (path, bool(entry)) == ("docs/runbook.md", True)
        notes.update({"runbook_url": f"{runbook}#{entry}"} if runbook else {})
    return whole


def test_the_rules_lead_to_the_runbook_that_the_values_name() -> None:
    assert rules("traced-on-the-node") == with_links("https://docs.example.com/knowledge/runbook.html")


def test_the_rules_lead_nowhere_where_no_runbook_is_named() -> None:
    assert rules("monitored") == with_links(None)


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
