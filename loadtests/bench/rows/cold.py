"""Pages for which every upstream is asked, beside aggregators written by hand and the calls alone.

Each request is another tenant's than the one before, so that none waits for the flight of another: the calls that the
upstreams have counted prove it.
"""

from collections.abc import Iterator

from loadtests.bench.contest import compared, dearer, measured
from loadtests.bench.figures import Figure, at_least, at_most
from loadtests.bench.gateway_config import COLD, WRITING, Settings
from loadtests.bench.stage import THREE, Server, Stage, Upstreams

PAGE = "?limit=20"
WHOLE = "?limit=60"
#: of the connections at once, so that nobody's last request is still under way when his next comes
TENANTS = 256
_HTTPX, _AIOHTTP, _BARE = "httpx aggregator", "aiohttp aggregator", "aiohttp"


def cold(stage: Stage) -> Iterator[Figure | str]:
    """Without Redis."""
    upstreams = stage.upstreams()
    gateway = stage.gateway(upstreams, Settings(cache=COLD, tenants=TENANTS))
    yield f"cold page: 3 upstream pages of 20 items, no cache; {_each_is_cold(gateway, upstreams)}"
    samples = yield from measured(
        stage,
        stage.contestant(_HTTPX, stage.baseline("httpx_aggregator", upstreams=upstreams)),
        stage.contestant(_AIOHTTP, stage.baseline("aiohttp_aggregator", upstreams=upstreams)),
        stage.client(_BARE, upstreams),
        stage.client("own", upstreams),
        stage.contestant("gateway, 20 items", gateway, PAGE),
        stage.contestant("gateway, all 60 items", gateway, WHOLE),
    )
    page, whole = samples["gateway, 20 items"], samples["gateway, all 60 items"]
    yield compared("cold page / httpx aggregator", page, samples[_HTTPX], at_least(6))
    yield compared("cold page / aiohttp aggregator", page, samples[_AIOHTTP], at_least(1))
    yield dearer("CPU of a cold page / of the three calls alone", page, samples[_BARE], at_most(2.5))
    yield compared("all 60 items / httpx aggregator", whole, samples[_HTTPX])
    yield compared("all 60 items / aiohttp aggregator", whole, samples[_AIOHTTP])
    yield dearer("CPU of the own transport's calls / of aiohttp's", samples["own"], samples[_BARE])


def with_redis(stage: Stage) -> Iterator[Figure | str]:
    """Every look-up misses, and every page is written."""
    upstreams = stage.upstreams()
    redis = stage.redis()
    gateway = stage.gateway(upstreams, Settings(cache=WRITING, tenants=TENANTS, redis=redis.url))
    yield f"cold page with Redis: every look-up misses, every page is written; {_each_is_cold(gateway, upstreams)}"
    samples = yield from measured(
        stage,
        stage.contestant(_HTTPX, stage.baseline("httpx_aggregator", upstreams=upstreams)),
        stage.contestant(_AIOHTTP, stage.baseline("aiohttp_aggregator", upstreams=upstreams)),
        stage.client(_BARE, upstreams),
        stage.contestant("gateway, 20 items", gateway, PAGE),
    )
    page = samples["gateway, 20 items"]
    yield _written(redis.command("INFO", "commandstats"), page_count=sum(sample.requests for sample in page))
    yield compared("cold page with Redis / httpx aggregator", page, samples[_HTTPX], at_least(4.5))
    yield compared("cold page with Redis / aiohttp aggregator", page, samples[_AIOHTTP])
    yield dearer("CPU of it / of the three calls alone", page, samples[_BARE], at_most(3.5))


def _each_is_cold(gateway: Server, upstreams: Upstreams) -> str:
    """How many upstream calls ten pages take, said in words; raises where a page is not what it should be."""
    before = sum(upstreams.calls())
    for tenant in range(10):
        page = gateway.page(PAGE, tenant).json()
        assert page["complete"], page
        assert len(page["items"]) == 20, page  # noqa: PLR2004
        assert {entry["status"] for entry in page["providers"]} == {"ok"}, page
    made = sum(upstreams.calls()) - before
    assert made == 10 * len(THREE), f"{made} upstream calls for ten pages"
    return f"{made} upstream calls for ten pages"


def _written(statistics: dict[str, dict[str, float]], page_count: int) -> str:
    counted = {name.removeprefix("cmdstat_"): int(of["calls"]) for name, of in statistics.items()}
    most = sorted(counted.items(), key=lambda pair: -pair[1])[:5]
    return f"    Redis commands in all, for about {page_count} pages: " + ", ".join(f"{n} {c}" for n, c in most)
