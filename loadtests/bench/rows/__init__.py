"""The rows of the table by name, in the order they are printed. A row yields figures, and lines that explain them."""

from collections.abc import Callable, Iterator

from loadtests.bench.figures import Figure
from loadtests.bench.rows import cold, fleet, growth, hot, latency, process
from loadtests.bench.stage import Stage

Row = Callable[[Stage], Iterator[Figure | str]]

ROWS: dict[str, Row] = {
    "hot": hot.hot,
    "logged": hot.logged,
    "gzip": hot.compressed,
    "warm": hot.warm,
    "cold": cold.cold,
    "cold-redis": cold.with_redis,
    "latency": latency.added,
    "fleet": fleet.together,
    "walk": growth.walked,
    "providers": growth.providers,
    "cursors": growth.cursors,
    "memory": process.memory,
    "ready": process.ready,
}
