"""What the image says about itself, to an engine and to a reader."""

import re

from gateway import __version__
from tests.image.archive import Image


def test_it_runs_as_a_fixed_user_who_is_not_root(image: Image) -> None:
    assert image.config["User"] == "10001:10001"


def test_it_serves_the_config_that_is_mounted(image: Image) -> None:
    assert image.config["Entrypoint"] == ["knowledge-gateway"]
    assert image.config["Cmd"] == ["serve", "--config", "/etc/knowledge-gateway/gateway.yaml"]


def test_the_config_can_be_mounted_into_a_read_only_root(image: Image) -> None:
    assert (image.root / "etc/knowledge-gateway").is_dir()
    assert list((image.root / "etc/knowledge-gateway").iterdir()) == []


def test_it_says_its_ports_and_how_it_is_stopped(image: Image) -> None:
    assert sorted(image.config["ExposedPorts"]) == ["8080/tcp", "9090/tcp"]
    assert image.config["StopSignal"] == "SIGTERM"


def test_its_labels_say_what_it_is_and_what_it_was_made_from(image: Image) -> None:
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in image.config["Labels"].items()}
    assert labels.keys() >= {"title", "description", "licenses", "version", "revision"}
    assert (labels["licenses"], labels["version"]) == ("Apache-2.0", __version__)
    assert re.fullmatch(r"[0-9a-f]{40}", labels["revision"])


def test_its_environment_says_where_programs_are_and_how_python_behaves_and_no_more(image: Image) -> None:
    assert {one.partition("=")[0] for one in image.config["Env"]} == {"PATH", "LANG", "PYTHONDONTWRITEBYTECODE"}
