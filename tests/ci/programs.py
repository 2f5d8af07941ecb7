"""Scripts of the repository with stand-ins for the programs that they call."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[2]
#: a machine on which everything is as an image needs it
GOOD = {
    "uname": "echo Linux x86_64",
    "id": "echo 0",
    "stat": "echo '1000000 * 4096'",
    **dict.fromkeys(("buildah", "mmdebstrap", "runc", "unshare"), "true"),
}


def run(script: str, folder: Path, stand_ins: Mapping[str, str], *, alone: bool = False) -> tuple[int, list[str]]:
    """Exit code and lines of a script. A stand-in is what a shell is to do; ``alone``: with nothing beside these."""
    for name, body in stand_ins.items():
        program = folder / name
        program.write_text(f"#!{which('bash')}\n{body}\n")
        program.chmod(0o755)
    for name in ("bash", "dirname") if alone else ():
        (folder / name).symlink_to(str(which(name)))
    path = str(folder) if alone else f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run([ROOT / script], env={"PATH": path}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()
