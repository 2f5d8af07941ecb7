"""Costs that must not grow faster than what causes them: upstream calls of a walk, providers, cursors."""

import math
from collections.abc import Iterator

import uvloop

from loadtests.bench.contest import measured
from loadtests.bench.figures import Figure, at_most, one
from loadtests.bench.gateway_config import COLD, Settings
from loadtests.bench.rows.cold import PAGE, TENANTS
from loadtests.bench.samples import ratios
from loadtests.bench.stage import THREE, Server, Stage
from loadtests.bench.walking import walk

_KIB = 1024


def walked(stage: Stage) -> Iterator[Figure | str]:
    """Upstream calls in a full walk, against what page size and overlap demand."""
    items, size, overlap = 1000, 100, 1
    upstreams = stage.upstreams(items=items)
    gateway = stage.gateway(upstreams, Settings(page_size=size))
    done = uvloop.run(walk(gateway, 20))
    assert done.complete, done
    assert done.items == done.different == items * len(THREE), done
    made = dict(zip(upstreams.kinds, upstreams.calls(), strict=True))
    by_offset, by_token = 1 + math.ceil((items - size) / (size - overlap)), math.ceil(items / size)
    yield f"a full walk at limit=20: {done.items} items on {done.pages} pages; upstream pages of {size}"
    for kind, calls in made.items():
        yield one(f"upstream calls, {kind}", calls, at_most(by_token if kind == "scale-dex" else by_offset))


def providers(stage: Stage) -> Iterator[Figure | str]:
    """CPU for each provider of a cold page, where there are many of them."""
    few, many = 3, 100
    contest = []
    for count in (few, many):
        upstreams = stage.upstreams(_kinds(count))
        gateway = stage.gateway(upstreams, Settings(cache=COLD, tenants=TENANTS))
        _check_everyone(gateway, count)
        contest.append(stage.contestant(f"{count} providers", gateway, PAGE, connections=4))
    yield "CPU of a cold page by providers"
    samples = yield from measured(stage, *contest, seconds=4)
    each = ratios(samples[f"{many} providers"], samples[f"{few} providers"], lambda sample: sample.cost)
    name = f"CPU for each provider and page, {many} providers / {few}"
    yield Figure(name, tuple(ratio * few / many for ratio in each), at_most(1.1))


def cursors(stage: Stage) -> Iterator[Figure | str]:
    """The longest cursor of the first pages, without Redis, so that all of it is in there."""
    yield "cursors, inline"
    for count, bound in ((10, 1.0), (100, 6.5)):
        upstreams = stage.upstreams(["aitronos"] * count)
        gateway = stage.gateway(upstreams, Settings(page_size=100))
        length = max(_cursor_lengths(gateway, pages=10))
        yield one(f"longest cursor, {count} offset providers", length / _KIB, at_most(bound, " KiB"))


def _cursor_lengths(gateway: Server, pages: int) -> Iterator[int]:
    query = "?limit=100"
    for _ in range(pages):
        page = gateway.page(query).json()
        assert page["complete"], page
        yield len(page["next_cursor"])
        query = f"?limit=100&cursor={page['next_cursor']}"


def _kinds(count: int) -> list[str]:
    return [THREE[number % len(THREE)] for number in range(count)]


def _check_everyone(gateway: Server, count: int) -> None:
    entries = gateway.page(PAGE).json()["providers"]
    assert len(entries) == count, entries
    assert {entry["status"] for entry in entries} == {"ok"}, entries
