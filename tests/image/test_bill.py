"""The bill of materials that lies beside the image."""

import json
import re
from importlib.metadata import distributions
from urllib.parse import unquote

from tests.image.archive import ARCHIVE, Image

BILL = ARCHIVE.with_suffix(".cdx.json")


def billed(kind: str) -> set[str]:
    components = json.loads(BILL.read_text())["components"]
    addresses = [unquote(one.get("purl", "")) for one in components]
    return {one.partition("?")[0] for one in addresses if one.startswith(f"pkg:{kind}/")}


def test_it_names_every_python_distribution(image: Image) -> None:
    found = {
        f"pkg:pypi/{one.name.lower().replace('_', '-')}@{one.version}"
        for one in distributions(path=[str(image.packages)])
    }
    assert found <= billed("pypi")


def test_it_names_every_package_of_the_system(image: Image) -> None:
    status = (image.root / "var/lib/dpkg/status").read_text()
    packages = re.findall(r"^Package: (\S+)\n(?:.+\n)*?Version: (\S+)", status, re.MULTILINE)
    assert {f"pkg:deb/debian/{name}@{version}" for name, version in packages} == billed("deb")


def test_it_does_not_say_where_it_was_made() -> None:
    assert str(ARCHIVE.parent) not in BILL.read_text()
