"""Break the engine on purpose, and say which law notices: ``python -m tests.laws.mutants``.

Each mutant is applied to a copy of the tree, where the laws then run until one is broken.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MUTANTS = Path(__file__).with_name("mutants.yaml")
#: the laws run over so many chunks of examples before a mutant is taken to live
CHUNKS = 20
#: for one of them
SECONDS = 900
LAW = re.compile(r"law (I[\dI, ]+) is broken: (.*)")


@dataclass(frozen=True)
class Mutant:
    """``was`` stands ``times`` times in ``file``; ``law`` has to notice, where one is named, and not another first."""

    name: str
    file: str
    was: str
    becomes: str
    times: int = 1
    law: str = ""

    def apply(self, root: Path) -> None:
        """Raises ``ValueError`` where the code is no longer what it was."""
        path = root / self.file
        code = path.read_text()
        if code.count(self.was) != self.times:
            raise ValueError(f"{self.name}: {self.file} holds this {code.count(self.was)} times: {self.was}")
        path.write_text(code.replace(self.was, self.becomes))


def mutants() -> list[Mutant]:
    entries: list[Mapping[str, str]] = yaml.safe_load(MUTANTS.read_text())
    return [Mutant(**entry) for entry in entries]  # type: ignore[arg-type] # ``times`` alone is a number


def caught_by(mutant: Mutant) -> str:
    """The law that notices, and what it says of it; empty where none does."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("gateway", "tests"):
            shutil.copytree(ROOT / part, Path(folder) / part, ignore=shutil.ignore_patterns("__pycache__"))
        mutant.apply(Path(folder))
        verdicts = (_verdict(folder, chunk) for chunk in range(CHUNKS))
        return next((told for told in verdicts if told and mutant.law in {"", told.partition(":")[0]}), "")


def _verdict(folder: str, chunk: int) -> str:
    """The law that the examples of a chunk break, and how; empty where they break none."""
    command = [sys.executable, "-m", "tests.laws", "--quick", f"--chunk={chunk}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "I1: no answer in time"
    if found := LAW.search(done.stdout):
        return f"{found[1]}: {found[2]}"
    told, _, _ = done.stdout.strip().partition("\n")
    return "" if "no law broken" in told else f"a crash: {told}"


def main() -> int:
    options = _options()
    chosen = [mutant for mutant in mutants() if options.only in mutant.name]
    with ThreadPoolExecutor(options.processes) as pool:
        verdicts = list(pool.map(caught_by, chosen))
    print("| what is broken | law that notices, and what it says |\n|---|---|")
    for mutant, verdict in zip(chosen, verdicts, strict=True):
        print(f"| {mutant.name} | {verdict or '**none**'} |")
    lived = sum(not verdict for verdict in verdicts)
    print(f"\n{len(chosen)} mutants, {len(chosen) - lived} caught, {lived} lived")
    return 1 if lived else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.laws.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="those with this in their name")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
