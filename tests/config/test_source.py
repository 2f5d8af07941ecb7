"""A config that can be read again, and the files it came from."""

from pathlib import Path

import pytest

from gateway.config import Source
from gateway.config.files import fingerprint
from gateway.core.errors import ConfigError

CONFIG = """
server: {{port: 0, metrics_port: 0}}
providers:
  b3os: {{type: b3os, base_url: "http://127.0.0.1:9", params: {{organization_id: o}},
         credentials: {{token: "${{file:{folder}/token}}"}}}}
anonymous: {{providers: [b3os]}}
"""


def source(folder: Path) -> Source:
    (folder / "gateway.yaml").write_text(CONFIG.format(folder=folder))
    (folder / "token").write_text("secret")
    return Source(folder / "gateway.yaml", {}, port=4321)


def test_it_names_the_config_and_every_file_that_it_refers_to(tmp_path: Path) -> None:
    read = source(tmp_path)
    read.load()
    assert set(read.files) == {tmp_path / "gateway.yaml", tmp_path / "token"}


def test_a_file_that_is_missing_is_named_too(tmp_path: Path) -> None:
    read = source(tmp_path)
    (tmp_path / "token").unlink()
    with pytest.raises(ConfigError):
        read.load()
    assert tmp_path / "token" in read.files


def test_what_the_command_line_says_holds_each_time(tmp_path: Path) -> None:
    read = source(tmp_path)
    assert [read.load().server.port for _ in range(2)] == [4321, 4321]


def test_a_fingerprint_changes_with_what_a_file_holds_and_with_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a"
    seen = []
    for content in (None, b"", b"1", b"2", b"1"):
        if content is not None:
            file.write_bytes(content)
        seen.append(fingerprint([file]))
    assert len(set(seen)) == 4
    assert seen[2] == seen[4]
    file.touch()
    assert fingerprint([file]) == seen[4]


def test_a_folder_that_is_swapped_changes_it_as_kubernetes_does(tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "gateway.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("v1")
    (tmp_path / "gateway.yaml").symlink_to("..data/gateway.yaml")
    before = fingerprint([tmp_path / "gateway.yaml"])
    (tmp_path / "..next").symlink_to("v2")
    (tmp_path / "..next").rename(tmp_path / "..data")
    assert fingerprint([tmp_path / "gateway.yaml"]) != before
