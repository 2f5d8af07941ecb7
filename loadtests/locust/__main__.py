"""``python -m loadtests.locust SHAPE [--seconds N]``: start everything, let the clients loose, judge, end.

0: every threshold holds; 1: at least one is broken; 2: the command line is wrong.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from loadtests.bench.cores import LOAD
from loadtests.bench.processes import Child, child
from loadtests.locust.judging import Verdict, judge
from loadtests.locust.plan import Plan, read_plan
from loadtests.locust.target import VARIABLE, Target
from loadtests.locust.world import Standing, standing
from loadtests.replica import Replica

FOLDER = Path("build/load")
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
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
    with standing(plan.world, shape.upstreams or plan.world.upstreams, FOLDER) as world:
        outcome = _run(options.shape, seconds, world)
    _print_measures(outcome)
    verdicts = judge(shape.thresholds, outcome.measures)
    return conclude(options.shape, verdicts)


@dataclass(frozen=True, slots=True)
class Outcome:
    measures: dict[str, float]
    broken_walks: list[str]


def _run(shape: str, seconds: float, world: Standing) -> Outcome:
    file = (FOLDER / "measures.json").absolute()
    file.unlink(missing_ok=True)
    urls = tuple(replica.url for replica in world.replicas)
    Target(urls, world.keys, world.expected, shape, seconds, str(file)).write(FOLDER / "target.json")
    command = [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary"]
    environment = {VARIABLE: str((FOLDER / "target.json").absolute()), "PYTHONPATH": str(Path.cwd())}
    log = FOLDER / "locust.log"
    with child(command, core=LOAD, log=log, environment=environment) as clients:
        samples = Samples.taken(world.replicas, clients, most=seconds + GRACE_SECONDS)
    if not file.exists():
        raise SystemExit(f"Locust measured nothing; {log} says why")
    told: dict[str, Any] = orjson.loads(file.read_bytes())
    measures = {**told["measures"], **samples.measures(), "machine.load": os.getloadavg()[0]}
    return Outcome(with_cost(measures), told["broken_walks"])


def with_cost(measures: dict[str, float]) -> dict[str, float]:
    """Also what a request of this mix costs, where there was one."""
    cpu, count = measures.get("gateway.cpu_seconds"), measures.get("requests.count")
    return {**measures, "gateway.cpu_ms_per_request": cpu / count * 1000} if cpu is not None and count else measures


@dataclass(slots=True)
class Samples:
    """What the replicas used over a run, as time passed."""

    times: list[float] = field(default_factory=list)
    resident: list[list[float]] = field(default_factory=list)
    """MiB, of each replica."""
    cpu: list[float] = field(default_factory=list)
    """Seconds, of all replicas together."""
    clients: list[float] = field(default_factory=list)
    """Seconds of CPU that the clients used."""

    @classmethod
    def taken(cls, replicas: tuple[Replica, ...], clients: Child, *, most: float) -> "Samples":
        """Until the clients have ended, or so many seconds are over."""
        samples = cls()
        until = time.monotonic() + most
        while clients.process.poll() is None and time.monotonic() < until:
            samples.times.append(time.monotonic())
            samples.resident.append([replica.child.resident() for replica in replicas])
            samples.cpu.append(sum(replica.child.cpu() for replica in replicas))
            samples.clients.append(clients.cpu())
            time.sleep(SAMPLE_SECONDS)
        return samples

    def measures(self) -> dict[str, float]:
        if len(self.times) < 2:  # noqa: PLR2004 - a rate needs two
            return {}
        quarter, last = self.resident[len(self.resident) // 4], self.resident[-1]
        seconds = self.times[-1] - self.times[0]
        return {
            "gateway.cpu_seconds": self.cpu[-1] - self.cpu[0],
            "gateway.cpu_share": (self.cpu[-1] - self.cpu[0]) / seconds,
            "clients.cpu_share": (self.clients[-1] - self.clients[0]) / seconds,
            "gateway.memory_mib": max(last),
            "gateway.memory_growth_mib": max(after - before for before, after in zip(quarter, last, strict=True)),
        }


def _print_measures(outcome: Outcome) -> None:
    for name, value in sorted(outcome.measures.items()):
        print(f"  {name:<34} {value:.4g}")
    for fault in outcome.broken_walks:
        print(f"  broken walk: {fault}")


def conclude(shape: str, verdicts: list[Verdict]) -> int:
    """Print every verdict; 1 where one is broken, else 0."""
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
