"""Pages that are there already: in memory, or in Redis alone; beside what a server that only holds the bytes costs."""

from collections.abc import Iterator, Mapping

from loadtests.bench.contest import compared, measured
from loadtests.bench.figures import Figure, at_least
from loadtests.bench.gateway_config import KEPT, Settings
from loadtests.bench.samples import ratios
from loadtests.bench.stage import Server, Stage

PAGE = "?limit=20"
_PLAIN = "plain Starlette route"


def hot(stage: Stage) -> Iterator[Figure | str]:
    """API key, metrics and ETag, no log."""
    gateway = _kept(stage)
    answer = gateway.page(PAGE)
    body, tag = answer.body, answer.headers["etag"]
    yield f"hot page: {len(body)} bytes; log off in all"
    samples = yield from measured(
        stage,
        stage.contestant("raw ASGI app", stage.baseline("raw", body=body)),
        stage.contestant(_PLAIN, stage.baseline("plain_route", body=body)),
        stage.contestant("gateway, hot page", gateway, PAGE),
        stage.contestant("gateway, 304", gateway, PAGE, headers={"If-None-Match": tag}),
    )
    page, unchanged = samples["gateway, hot page"], samples["gateway, 304"]
    yield compared("hot page / plain Starlette route", page, samples[_PLAIN], at_least(0.85))
    yield Figure("    the same in plain req/s", ratios(page, samples[_PLAIN], lambda one: one.rate))
    yield compared("hot page / raw ASGI app", page, samples["raw ASGI app"])
    yield compared("304 / hot page", unchanged, page, at_least(1.0))
    yield compared("304 / plain Starlette route", unchanged, samples[_PLAIN])


def logged(stage: Stage) -> Iterator[Figure | str]:
    """The gateway's JSON access log against uvicorn's own."""
    gateway = _kept(stage, level="info")
    body = gateway.page(PAGE).body
    baseline = stage.baseline("plain_route", body=body, access_log=True)
    yield "hot page with access log, both into a file"
    samples = yield from measured(
        stage,
        stage.contestant(_PLAIN, baseline),
        stage.contestant("gateway, hot page", gateway, PAGE),
    )
    yield compared("hot page / plain route, logged", samples["gateway, hot page"], samples[_PLAIN], at_least(1.0))


def compressed(stage: Stage) -> Iterator[Figure | str]:
    gateway = _kept(stage)
    body = gateway.page(PAGE).body
    wish = {"Accept-Encoding": "gzip"}
    encoding = gateway.page(PAGE, headers=wish).headers.get("content-encoding", "none")
    yield f"hot page with Accept-Encoding: gzip; the gateway's Content-Encoding: {encoding}"
    samples = yield from measured(
        stage,
        stage.contestant(_PLAIN, stage.baseline("plain_route", body=body)),
        stage.contestant("Starlette with GZipMiddleware", stage.baseline("gzip_route", body=body), headers=wish),
        stage.contestant("gateway, gzip", gateway, PAGE, headers=wish),
    )
    page = samples["gateway, gzip"]
    yield compared("hot page, gzip / plain Starlette route, no gzip", page, samples[_PLAIN])
    yield compared("hot page, gzip / Starlette with GZipMiddleware", page, samples["Starlette with GZipMiddleware"])


def warm(stage: Stage) -> Iterator[Figure | str]:
    """Redis only, the memory tier off."""
    gateway = _kept(stage, cache={"memory": 0}, redis=stage.redis().url)
    body = gateway.page(PAGE).body
    yield "warm page: Redis only, memory tier off"
    samples = yield from measured(
        stage,
        stage.contestant(_PLAIN, stage.baseline("plain_route", body=body)),
        stage.contestant("gateway, warm page", gateway, PAGE),
    )
    yield compared("warm page / plain Starlette route", samples["gateway, warm page"], samples[_PLAIN], at_least(0.33))


def _kept(
    stage: Stage, *, level: str = "error", cache: Mapping[str, object] | None = None, redis: str | None = None
) -> Server:
    """A gateway that keeps pages, and has one."""
    settings = Settings(cache={**KEPT, **(cache or {})}, level=level, redis=redis)
    gateway = stage.gateway(stage.upstreams(), settings)
    answer = gateway.page(PAGE)
    assert answer.status == 200, answer  # noqa: PLR2004
    page = answer.json()
    assert len(page["items"]) == 20, page  # noqa: PLR2004
    assert page["complete"], page
    return gateway
