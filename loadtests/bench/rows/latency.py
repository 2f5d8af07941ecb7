"""What the gateway adds to the slowest of its upstreams, at half of what it can do."""

from collections.abc import Iterator, Sequence

import uvloop

from loadtests.bench.baselines.given import PATH
from loadtests.bench.connection import request
from loadtests.bench.cores import LOAD, on
from loadtests.bench.figures import Figure, at_most
from loadtests.bench.gateway_config import COLD, Settings, calls
from loadtests.bench.open_loop import Asked, Latencies, at_rate
from loadtests.bench.rows.cold import PAGE, TENANTS
from loadtests.bench.stage import Server, Stage, Upstreams

DELAY = 0.1
_SETTINGS = Settings(cache=COLD, tenants=TENANTS)


def added(stage: Stage) -> Iterator[Figure | str]:
    """Beside the same three calls made directly, at the same rate and in the same run."""
    capacity = _capacity(stage)
    rate = capacity / 2
    upstreams = stage.upstreams(delay=DELAY)
    pages = _through(stage.gateway(upstreams, _SETTINGS))
    fan_out = _directly(upstreams)
    yield f"added latency: upstreams answer in {DELAY:g} s; {rate:.0f} req/s, half of a cold capacity of {capacity:.0f}"
    _measured(rate, 1, fan_out, pages)
    rounds = [_measured(rate, stage.seconds, fan_out, pages) for _ in range(stage.rounds)]
    for share, bound in ((0.5, 2), (0.99, 5)):
        values = tuple(through.percentile(share) - direct.percentile(share) for direct, through in rounds)
        yield Figure(f"added latency, p{share * 100:g}", values, at_most(bound, " ms"))
    for name, place in (("a direct fan-out", 0), ("the gateway", 1)):
        middle = sorted(rounds, key=lambda pair: pair[place].percentile(0.5))[len(rounds) // 2][place]
        yield f"    {name}: p50 {middle.percentile(0.5):.2f} ms, p99 {middle.percentile(0.99):.2f} ms"


def _capacity(stage: Stage) -> float:
    """Cold pages a second where the upstreams answer at once."""
    upstreams = stage.upstreams()
    with stage.gateway_for_now(upstreams, _SETTINGS) as gateway:
        measure = stage.contestant("capacity", gateway, PAGE).measure
        measure(1)
        return measure(stage.seconds).rate


def _measured(rate: float, seconds: float, *contest: "Pages") -> tuple[Latencies, ...]:
    with on(LOAD):
        return tuple(uvloop.run(at_rate(rate, seconds, pages)) for pages in contest)


class Pages:
    """Page number n is the same n for n of as many as there are, so that no two at once are one."""

    def __init__(self, pages: Sequence[Sequence[Asked]]) -> None:
        self._pages = pages

    def __call__(self, number: int) -> Sequence[Asked]:
        return self._pages[number % len(self._pages)]


def _through(gateway: Server) -> Pages:
    return Pages(
        [
            [(gateway.port, request(gateway.port, PATH + PAGE, gateway.headers(tenant)))]
            for tenant in range(gateway.tenants)
        ]
    )


def _directly(upstreams: Upstreams) -> Pages:
    asked = [
        (port, request(port, call.target, call.headers))
        for call, port in zip(calls(list(upstreams)), upstreams.ports, strict=True)
    ]
    return Pages([asked])
