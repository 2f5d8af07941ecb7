"""``python -m loadtests.locust SHAPE [--seconds N]``: start everything, let the clients loose, judge, end.

0: every threshold holds; 1: at least one is broken; 2: the command line is wrong.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from loadtests.locust.judging import Verdict, judge
from loadtests.locust.plan import Plan, read_plan
from loadtests.locust.target import VARIABLE, Target
from loadtests.locust.world import Standing, standing
from loadtests.processes import Cores, Replica, Usage, started

FOLDER = Path("build/load")
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
MIB = 1024**2
SAMPLE_SECONDS = 0.5
#: how long after its end a run may take before it is ended by force
GRACE_SECONDS = 30


def main() -> int:
    plan = read_plan()
    options = _parser(plan).parse_args()
    shape = plan.shapes[options.shape]
    seconds = options.seconds or shape.seconds
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"{options.shape}: {seconds:g} s over {plan.world.replicas} replicas", flush=True)
    cores = Cores.of_this_machine()
    with standing(plan.world, shape.upstreams or plan.world.upstreams, FOLDER, cores) as world:
        outcome = _run(options.shape, seconds, world, cores)
    _print_measures(outcome)
    verdicts = judge(shape.thresholds, outcome.measures)
    return _print_verdicts(options.shape, verdicts)


@dataclass(frozen=True, slots=True)
class Outcome:
    measures: dict[str, float]
    broken_walks: list[str]


def _run(shape: str, seconds: float, world: Standing, cores: Cores) -> Outcome:
    file = (FOLDER / "measures.json").absolute()
    file.unlink(missing_ok=True)
    urls = tuple(replica.url for replica in world.replicas)
    Target(urls, world.keys, world.expected, shape, seconds, str(file)).write(FOLDER / "target.json")
    arguments = ["locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary", "--exit-code-on-error", "0"]
    environment = {VARIABLE: str((FOLDER / "target.json").absolute()), "PYTHONPATH": str(Path.cwd())}
    with (FOLDER / "locust.log").open("wb") as log:
        with started(arguments, core=cores.rest, output=log, environment=environment) as clients:
            samples = Samples.taken(world.replicas, clients, most=seconds + GRACE_SECONDS)
        if not file.exists():
            raise SystemExit(f"Locust measured nothing; {FOLDER}/locust.log says why")
    told: dict[str, Any] = orjson.loads(file.read_bytes())
    return Outcome({**told["measures"], **samples.measures()}, told["broken_walks"])


@dataclass(slots=True)
class Samples:
    """What the replicas used over a run, as time passed."""

    times: list[float] = field(default_factory=list)
    usages: list[list[Usage]] = field(default_factory=list)

    @classmethod
    def taken(cls, replicas: tuple[Replica, ...], clients: subprocess.Popen[bytes], *, most: float) -> "Samples":
        """Until the clients have ended, or so many seconds are over."""
        samples = cls()
        until = time.monotonic() + most
        while clients.poll() is None and time.monotonic() < until:
            samples.times.append(time.monotonic())
            samples.usages.append([replica.usage() for replica in replicas])
            time.sleep(SAMPLE_SECONDS)
        return samples

    def measures(self) -> dict[str, float]:
        if len(self.times) < 2:  # noqa: PLR2004 - a rate needs two
            return {}
        first, last = self.usages[0], self.usages[-1]
        quarter = self.usages[len(self.usages) // 4]
        cpu = sum(after.cpu - before.cpu for before, after in zip(first, last, strict=True))
        growth = max(after.resident - before.resident for before, after in zip(quarter, last, strict=True))
        return {
            "gateway.cpu_share": cpu / (self.times[-1] - self.times[0]),
            "gateway.cpu_seconds": cpu,
            "gateway.memory_mib": max(usage.resident for usage in last) / MIB,
            "gateway.memory_growth_mib": growth / MIB,
        }


def _print_measures(outcome: Outcome) -> None:
    for name, value in sorted(outcome.measures.items()):
        print(f"  {name:<34} {value:.4g}")
    for fault in outcome.broken_walks:
        print(f"  broken walk: {fault}")


def _print_verdicts(shape: str, verdicts: list[Verdict]) -> int:
    print(*verdicts, sep="\n")
    broken = [str(verdict.threshold) for verdict in verdicts if not verdict.holds]
    if broken:
        print(f"{shape}: broken: {'; '.join(broken)}")
        return 1
    print(f"{shape}: every threshold holds")
    return 0


def _parser(plan: Plan) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.locust", description=__doc__)
    parser.add_argument("shape", choices=list(plan.shapes), metavar="SHAPE", help=", ".join(plan.shapes))
    parser.add_argument("--seconds", type=float, metavar="N", help="instead of the plan's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
