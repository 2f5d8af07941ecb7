"""Every object against the schemas of several versions of Kubernetes, offline."""

import json
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest

from tests.helm.places import VALUES, values

from .chart import NAMESPACE, VERSIONS, Object, rendered

#: of kinds that Kubernetes itself does not know, in the versions that the chart writes
CUSTOM = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "crds").glob("*.json")}
#: needs 1.30, and is refused before
LATER = {"slow-stop"}

CASES = [(path, version) for path in VALUES for version in VERSIONS if version >= "1.30" or path.stem not in LATER]


def check(one: Object, version: str) -> None:
    if one["kind"] in CUSTOM:
        jsonschema.Draft7Validator(CUSTOM[one["kind"]]).validate(one)
    else:
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize(("path", "version"), CASES, ids=lambda one: one if isinstance(one, str) else one.stem)
def test_kubernetes_takes_every_object(path: Path, version: str) -> None:
    objects = rendered(path, version=version)
    assert objects
    for one in objects:
        check(one, version)


@pytest.mark.parametrize("kind", ["HTTPRoute", "PrometheusRule", "ServiceMonitor"])
def test_the_schemas_of_custom_resources_refuse_what_they_do_not_know(kind: str) -> None:
    objects = [one for path in VALUES for one in rendered(path) if one["kind"] == kind]
    assert objects
    for one in objects:
        with pytest.raises(jsonschema.ValidationError):
            check({**one, "spec": {**one["spec"], "unheard": True}}, VERSIONS[0])


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_no_two_objects_have_one_name(path: Path) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered(path)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_every_object_is_in_the_namespace_of_the_release(path: Path) -> None:
    assert {one["metadata"]["namespace"] for one in rendered(path)} == {NAMESPACE}


def test_a_long_release_name_still_makes_names_that_are_allowed() -> None:
    objects = rendered(values("trying-it-out"), release="r" * 53)
    assert max(len(one["metadata"]["name"]) for one in objects) <= 63
