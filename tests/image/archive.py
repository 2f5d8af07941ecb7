"""The image as it is shipped: one archive, its configuration, and its only layer unpacked."""

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARCHIVE = Path(__file__).parents[2] / "build" / "image" / "knowledge-gateway.tar"
HOME = "opt/knowledge-gateway"


@dataclass(frozen=True, slots=True)
class Image:
    """``config`` is what Docker calls so; ``root`` is the file system, with owners and modes."""

    config: dict[str, Any]
    root: Path

    @property
    def packages(self) -> Path:
        """The site-packages of the virtualenv."""
        (found,) = (self.root / HOME / "lib").glob("python3*/site-packages")
        return found

    @property
    def library(self) -> Path:
        """Python's own library."""
        (found,) = (self.root / "usr").glob("**/lib/python3.*/os.py")
        return found.parent

    def entries(self, *below: str) -> Iterator[tuple[str, os.stat_result]]:
        """Every file and folder as the image names it; ``below`` these places, all where none is given."""
        for place in below or ("",):
            for folder, folders, files in os.walk(self.root / place):
                for name in (*folders, *files):
                    path = Path(folder, name)
                    yield f"/{path.relative_to(self.root)}", path.lstat()

    def names(self, *below: str) -> list[str]:
        return [name for name, _ in self.entries(*below)]


def unpack(archive: Path, folder: Path) -> Image:
    """The image in an archive; as root, so that owners stay what they are."""
    with tarfile.open(archive) as outer:
        (manifest,) = json.loads(_member(outer, "manifest.json"))
        (layer,) = manifest["Layers"]
        content = outer.extractfile(layer)
        assert content
        with content, tarfile.open(fileobj=content) as inner:
            inner.extractall(folder, numeric_owner=True, filter="fully_trusted")
        folder.chmod(0o755)  # it is the root of somebody else too
        return Image(json.loads(_member(outer, manifest["Config"]))["config"], folder)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(name)
    assert content
    with content:
        return content.read()
