"""What is in the image, and what must not be."""

import re
import stat
from importlib.metadata import distributions
from importlib.util import cache_from_source
from pathlib import Path

from tests.image.archive import ARCHIVE, HOME, Image

ROOT = Path(__file__).parents[2]
MAX_MEGABYTES = 200
#: what builds, installs or downloads
BUILDERS = re.compile(
    r"(pip|easy_install|uv|ensurepip|gcc|g\+\+|cc|c\+\+|cpp|ld|as|clang|make|cargo|rustc|go|git|apt|apt-get|curl|wget)"
    r"[\d.-]*"
)
#: of the user of the container; the root file system is mounted read-only all the same
SCRATCH = ("/tmp", "/var/tmp", "/run/lock")
SECRET_NAMES = re.compile(r"(id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|\.pypirc|\.env|pip\.conf|.*\.(key|p12|pfx))")


def installed(image: Image) -> dict[str, str]:
    return {one.name.lower().replace("_", "-"): one.version for one in distributions(path=[str(image.packages)])}


def locked() -> dict[str, str]:
    text = (ROOT / "requirements" / "otel.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE))


def test_there_is_something_to_look_at(image: Image) -> None:
    assert len(image.names()) > 1000


def test_nothing_in_it_builds_installs_or_downloads(image: Image) -> None:
    programs = [name for name in image.names() if "/bin/" in name or "/sbin/" in name]
    assert [name for name in programs if BUILDERS.fullmatch(Path(name).name)] == []
    assert [name for name in image.names() if Path(name).name in {"pip", "setuptools", "wheel", "flit_core"}] == []


def test_the_virtualenv_has_one_command(image: Image) -> None:
    commands = {path.name for path in (image.root / HOME / "bin").iterdir()}
    assert {name for name in commands if not name.startswith("python")} == {"knowledge-gateway"}


def test_what_is_installed_is_what_is_locked(image: Image) -> None:
    found = installed(image)
    assert found.pop("knowledge-store-gateway")
    assert found.items() <= locked().items()
    # Python before 3.11.3 alone
    assert locked().keys() - found.keys() <= {"async-timeout"}


def test_the_top_level_is_the_gateway_and_what_the_lock_brings(image: Image) -> None:
    owned = {Path(str(file)).parts[0] for one in distributions(path=[str(image.packages)]) for file in one.files or ()}
    assert {path.name for path in image.packages.iterdir()} - owned <= {"__pycache__"}
    assert not (image.packages / "tests").exists()


def test_no_cache_and_no_list_of_packages_is_left(image: Image) -> None:
    assert image.names("var/cache", "var/lib/apt", "var/log", "root/.cache", "build") == []


def test_bytecode_is_there_for_every_module_and_is_believed(image: Image) -> None:
    modules = [path for path in image.packages.rglob("*.py") if path.stem.isidentifier()]
    modules += [path for folder in (".", "asyncio", "email", "json") for path in (image.library / folder).glob("*.py")]
    compiled = [Path(cache_from_source(str(path))) for path in modules]
    assert [path for path in compiled if not path.exists()] == []
    # PEP 552: bit 0 says that a hash stands for the source, bit 1 that it is to be checked
    assert {path.read_bytes()[4] for path in compiled} == {0b01}


def test_its_user_can_write_no_file_but_temporary_ones(image: Image) -> None:
    user = int(image.config["User"].partition(":")[0])
    writable = [
        name
        for name, status in image.entries()
        if not stat.S_ISLNK(status.st_mode)
        and (status.st_mode & stat.S_IWOTH or user in (status.st_uid, status.st_gid))
    ]
    assert sorted(set(writable) - set(SCRATCH)) == []


def test_no_program_makes_its_caller_somebody_else(image: Image) -> None:
    raising = stat.S_ISUID | stat.S_ISGID
    assert [n for n, status in image.entries() if stat.S_ISREG(status.st_mode) and status.st_mode & raising] == []


def test_there_are_no_devices(image: Image) -> None:
    assert image.names("dev") == []


def test_no_file_is_a_secret_or_named_like_one(image: Image) -> None:
    assert [name for name in image.names() if SECRET_NAMES.fullmatch(Path(name).name)] == []
    assert image.names("run/secrets", "root/.ssh", "home") == []
    texts = [image.root / name[1:] for name, status in image.entries("etc", HOME) if stat.S_ISREG(status.st_mode)]
    assert [
        path
        for path in texts
        if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{60}", path.read_bytes())
    ] == []


def test_no_file_names_where_it_was_built(image: Image) -> None:
    texts = [image.root / name[1:] for name, status in image.entries("etc", HOME) if stat.S_ISREG(status.st_mode)]
    assert [path for path in texts if f"{ROOT}/".encode() in path.read_bytes()] == []


def test_no_file_speaks_of_the_machine_that_built_it(image: Image) -> None:
    assert [(image.root / "etc" / name).read_text() for name in ("hostname", "resolv.conf")] == ["", ""]


def test_it_is_within_its_budget() -> None:
    assert ARCHIVE.stat().st_size < MAX_MEGABYTES * 1_000_000
