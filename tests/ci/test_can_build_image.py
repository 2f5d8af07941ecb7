"""Whether an image can be built on this machine is said before it is tried, with the reason in one line."""

from pathlib import Path

import pytest

from .programs import GOOD, run

SCRIPT = "scripts/can-build-image"
NEEDED = {"buildah", "mmdebstrap", "runc"}


def test_nothing_is_said_where_nothing_stands_against_it(tmp_path: Path) -> None:
    assert run(SCRIPT, tmp_path, GOOD) == (0, [])


@pytest.mark.parametrize(
    ("differing", "told"),
    [
        ({"uname": "echo Darwin arm64"}, "it takes Linux on x86-64, and this is Darwin arm64"),
        ({"id": "echo 1000"}, "it takes root"),
        ({"stat": "echo '1000 * 4096'"}, "it takes 3000 MB of disk, and 4 MB are free"),
        (
            {"unshare": "echo 'unshare failed: Operation not permitted' >&2; false"},
            "mounts, chroot or control groups are not permitted: unshare failed: Operation not permitted",
        ),
    ],
    ids=["system", "user", "disk", "mounts"],
)
def test_it_says_what_stands_against_it(differing: dict[str, str], told: str, tmp_path: Path) -> None:
    assert run(SCRIPT, tmp_path, GOOD | differing) == (1, [told])


def test_what_is_missing_is_named_where_nothing_installs_it(tmp_path: Path) -> None:
    rest = {name: body for name, body in GOOD.items() if name not in NEEDED - {"runc"}}
    told = "there is no buildah mmdebstrap, and no apt-get to install it with"
    assert run(SCRIPT, tmp_path, rest, alone=True) == (1, [told])


def test_what_is_missing_is_named_where_it_cannot_be_installed(tmp_path: Path) -> None:
    rest = {name: body for name, body in GOOD.items() if name not in NEEDED}
    told = "there is no buildah mmdebstrap runc, and apt-get cannot install it"
    assert run(SCRIPT, tmp_path, rest | {"apt-get": "exit 100"}, alone=True) == (1, [told])
