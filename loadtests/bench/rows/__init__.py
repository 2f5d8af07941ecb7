"""The rows of the table by name, in the order they are printed. A row yields figures, and lines that explain them."""

from loadtests.bench.command import Row
from loadtests.bench.rows import cold, fleet, growth, hot, latency, process

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
