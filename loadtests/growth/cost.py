"""What a request costs the gateway: its CPU over many of them, divided by their number; the median of some rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median

from loadtests.growth.clients import Request, drive
from loadtests.replica import Replica

MILLI, MICRO = 1e3, 1e6
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """``cpu`` in seconds for each request; ``latencies`` in seconds, sorted."""

    cpu: float
    latencies: list[float]

    @property
    def per_second_and_core(self) -> float:
        return 1 / self.cpu

    def latency(self, share: float) -> float:
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


async def cost(
    replica: Replica, requests: Sequence[Request], *, times: int, connections: int = 16, rounds: int = ROUNDS
) -> Cost:
    """``times`` requests, these in turn; a tenth as many go before, so that connections and caches are as they stay."""
    await drive(replica.port, islice(cycle(requests), max(times // 10, len(requests))), connections=connections)
    costs: list[float] = []
    latencies: list[float] = []
    todo, each = cycle(requests), times // rounds
    for _ in range(rounds):
        before = replica.child.cpu()
        latencies += await drive(replica.port, islice(todo, each), connections=connections)
        costs.append((replica.child.cpu() - before) / each)
    return Cost(median(costs), sorted(latencies))
