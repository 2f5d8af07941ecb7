"""The chart through a real Helm."""

import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.helm.places import CHART

Object = dict[str, Any]

RELEASE, NAMESPACE = "knowledge", "search"
#: the oldest that the chart allows, the first with a preStop of its own, and the newest whose schemas there are
VERSIONS = ("1.27", "1.30", "1.33", "1.37")
USUAL = "1.33"


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, check=False)


def template(
    *values: Path, version: str = USUAL, release: str = RELEASE, sets: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    files = [word for path in values for word in ("--values", str(path))]
    place = ("--namespace", NAMESPACE, "--kube-version", f"v{version}.0")
    given = [word for one in sets for word in ("--set-json", one)]
    return helm("template", release, str(CHART), *place, *files, *given)


@cache
def rendered(
    *values: Path, version: str = USUAL, release: str = RELEASE, sets: tuple[str, ...] = ()
) -> tuple[Object, ...]:
    """The objects that these values make; the test fails where they make none."""
    done = template(*values, version=version, release=release, sets=sets)
    assert done.returncode == 0, done.stderr
    return tuple(one for one in yaml.safe_load_all(done.stdout) if one)


def only(objects: tuple[Object, ...], kind: str, suffix: str = "") -> Object:
    """The one object of a kind whose name ends in ``suffix``; without one, the one with the shortest name."""
    found = sorted((one for one in of_kind(objects, kind)), key=lambda one: len(one["metadata"]["name"]))
    return next(one for one in found if one["metadata"]["name"].endswith(suffix))


def of_kind(objects: tuple[Object, ...], kind: str) -> list[Object]:
    return [one for one in objects if one["kind"] == kind]


def pods(objects: tuple[Object, ...]) -> Iterator[tuple[str, Object]]:
    """The name of whatever makes pods, and the spec of these."""
    for one in objects:
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one["spec"]
        elif isinstance(one.get("spec"), Mapping) and "template" in one["spec"]:
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def container(objects: tuple[Object, ...]) -> Object:
    """The gateway's."""
    found: Object = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    return found
