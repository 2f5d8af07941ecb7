"""The gateway beside KrakenD: with caches in both, and cold."""

from collections.abc import Iterator

from loadtests.bench.contest import compared, measured
from loadtests.bench.figures import Figure, at_least
from loadtests.bench.gateway_config import COLD, KEPT, PAGE_SIZE, Settings
from loadtests.bench.rows.cold import PAGE, TENANTS, WHOLE
from loadtests.bench.stage import Server, Stage, Upstreams
from loadtests.peers import krakend

_KRAKEND = "KrakenD"


def cached(stage: Stage) -> Iterator[Figure | str]:
    """The upstreams send ``Cache-Control: max-age=60``; both answer without asking them."""
    yield from _beside(stage, "cached", Settings(cache=KEPT), calls_for_ten_pages=0, goal=True)


def cold(stage: Stage) -> Iterator[Figure | str]:
    """Both ask all three upstreams for every page."""
    yield from _beside(stage, "cold", Settings(cache=COLD, tenants=TENANTS), calls_for_ten_pages=30, goal=False)


def _beside(
    stage: Stage, name: str, settings: Settings, *, calls_for_ten_pages: int, goal: bool
) -> Iterator[Figure | str]:
    upstreams = stage.upstreams()
    peer = krakend.start(stage, krakend.build(), upstreams, cached=not calls_for_ten_pages)
    gateway = stage.gateway(upstreams, settings)
    for server in (peer, gateway):
        _check_calls(server, upstreams, calls_for_ten_pages)
    yield f"{name}: beside KrakenD, {_all_three(peer)}; one core each; no log"
    samples = yield from measured(
        stage,
        stage.contestant(_KRAKEND, peer),
        stage.contestant("gateway, 20 items", gateway, PAGE),
        stage.contestant("gateway, all 60 items", gateway, WHOLE),
    )
    page, whole = samples["gateway, 20 items"], samples["gateway, all 60 items"]
    yield compared(f"{name} page / KrakenD", page, samples[_KRAKEND], at_least(1) if goal else None)
    yield compared(f"{name} page, all 60 items / KrakenD", whole, samples[_KRAKEND])


def _all_three(peer: Server) -> str:
    """That all three lists are in its answer, said in words; raises where one is not."""
    answer = peer.page()
    lists = {name: len(items) for name, items in answer.json().items()}
    assert lists == {"aitronos": PAGE_SIZE, "scale-dex": PAGE_SIZE, "b3os": PAGE_SIZE}, lists
    assert answer.headers["x-krakend-completed"] == "true", answer.headers
    return f"whose answer holds three lists of {PAGE_SIZE} ({len(answer.body)} bytes)"


def _check_calls(server: Server, upstreams: Upstreams, expected: int) -> None:
    """That it caches, or does not, as it is meant to."""
    query = PAGE if server.tenants else ""
    server.page(query)
    before = sum(upstreams.calls())
    for _ in range(10):
        assert server.page(query).status == 200  # noqa: PLR2004
    made = sum(upstreams.calls()) - before
    assert made == expected, f"{made} upstream calls for ten pages, where {expected} were expected"
