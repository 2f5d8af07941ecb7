"""What Locust runs: the four kinds of clients, the shape that the target names, and the measures at the end.

``python -m loadtests.locust`` starts everything and judges; this file alone needs ``LOAD_TARGET`` (target.py).
"""

from pathlib import Path
from typing import Any

import orjson
from locust import LoadTestShape, events

from loadtests.locust.plan import Limit, Shape, read_plan
from loadtests.locust.tally import Recent, Tally
from loadtests.locust.users import TARGET, Careless, Dashboard, Reader, Walker

__all__ = ["Careless", "Dashboard", "Planned", "Reader", "Walker"]

NAMES = ("walker", "dashboard", "refresh", "reader", "careless")
PERCENTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
SPAWN_RATE = 100
#: seconds that a rising load is given before it can be said to have gone too far
SETTLING = 10

SHAPES: dict[str, Shape] = dict(read_plan().shapes.items())
RECENT = Recent()
TALLY = Tally()


class Planned(LoadTestShape):
    """The stages of the plan; where the load rises to a limit, it ends there."""

    shape = SHAPES[TARGET.shape]

    def __init__(self) -> None:
        super().__init__()
        self.held = 0.0

    def tick(self) -> tuple[int, float] | None:
        elapsed = self.get_run_time()
        users = self.shape.users_at(elapsed, TARGET.seconds)
        if users is None or (self.shape.stop_at and elapsed > SETTLING and self._passed(self.shape.stop_at)):
            return None
        return users, SPAWN_RATE

    def _passed(self, limit: Limit) -> bool:
        if RECENT.p95_ms() > limit.p95_ms or RECENT.error_share() > limit.error_share:
            return True
        self.held = max(self.held, RECENT.per_second())
        return False


@events.init.add_listener
def _give_tally(environment: Any, **_: Any) -> None:
    environment.tally = TALLY


@events.request.add_listener
def _note(response_time: float, exception: BaseException | None, **_: Any) -> None:
    RECENT.add(response_time, right=exception is None)


@events.quitting.add_listener
def _write(environment: Any, **_: Any) -> None:
    found = {**TALLY.measures(), **_statistics(environment.stats)}
    shape = environment.shape_class
    if shape and shape.shape.stop_at:
        found["breakpoint.per_second"] = shape.held
    wrong = [f"{times}x {fault}" for fault, times in _counted(TALLY.broken)]
    Path(TARGET.measures).write_bytes(orjson.dumps({"measures": found, "broken_walks": wrong}))
    # the thresholds alone decide how a run ends, and whoever started it judges by them
    environment.process_exit_code = 0


def _statistics(stats: Any) -> dict[str, float]:
    total = stats.total
    found = {"requests.per_second": total.total_rps, "requests.count": total.num_requests}
    if total.num_requests:
        found["requests.error_share"] = total.num_failures / total.num_requests
    for name in NAMES:
        entry = stats.get(name, "GET")
        if entry.num_requests:
            found |= {f"{name}.{p}": entry.get_response_time_percentile(share) for p, share in PERCENTILES.items()}
    return found


def _counted(faults: list[str]) -> list[tuple[str, int]]:
    return [(fault, faults.count(fault)) for fault in sorted(set(faults))]
