"""The built-in specs against the demo's upstreams: sound as they are, and every change of either is named."""

from typing import Any

import pytest

from gateway.conformance.probe import probe
from gateway.core.clock import SystemClock
from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.server import serve_upstreams
from gateway.provider import catalog

from .probing import GIVEN, access, built_in, probed_demo, told, wrong

DEMO = {"aitronos": Aitronos, "b3os": B3os, "scale-dex": ScaleDex}
SIZE = 250
#: of an order that changes from call to call
UNSTABLE = "stable_order: false, and an order of the API's own under query or sort, with a unique field last"
#: of a size that was found by trying
USUAL = "(the largest of the usual sizes that is taken)"
#: the sort of scale-dex, whose default is -created_at
SORT = {
    "field": "sort_by",
    "direction": "sort_order",
    "ascending": "asc",
    "descending": "desc",
    "fields": {"created_at": "created_at"},
    "default": "-created_at",
}


def test_every_built_in_spec_is_probed_here() -> None:
    assert set(DEMO) == set(catalog.names())


@pytest.mark.parametrize("name", DEMO)
async def test_a_built_in_spec_is_sound(name: str) -> None:
    report = await probed_demo(DEMO[name](SIZE))
    assert wrong(report) == []
    assert (report.count, report.pages) == (SIZE, 3)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("aitronos", {"order": "newest"}),
        ("aitronos", {"has_more": "when_full"}),
        ("b3os", {"wrap": "data_object"}),
        ("b3os", {"wrap": "data_list"}),
        ("b3os", {"max_limit": None}),
        ("scale-dex", {"end_shown": "absent"}),
        ("scale-dex", {"ties": "id_desc"}),
        ("scale-dex", {"token_after_full_page": True}),
        ("scale-dex", {"tokens": "single_use"}),
        ("scale-dex", {"token_carries_sort": False}),
    ],
)
async def test_what_the_documents_leave_open_is_no_mistake(name: str, options: dict[str, Any]) -> None:
    assert wrong(await probed_demo(DEMO[name](SIZE, **options))) == []


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("aitronos", {"has_more": "always"}, ["error pagination.end: end: {rule: empty_page}"]),
        ("aitronos", {"has_more": "never"}, ["error pagination.end: end: {rule: empty_page}"]),
        ("aitronos", {"has_more": "null"}, ["warning pagination.end: end: {rule: empty_page}"]),
        ("b3os", {"has_more": "absent"}, ["error pagination.end: end: {rule: empty_page}"]),
        ("b3os", {"wrap": "list"}, ["error pagination.end: end: {rule: empty_page}"]),
        (
            "aitronos",
            {"max_limit": 50, "out_of_range": "clamp"},
            ["error pagination.page_size: max_page_size: 50, and page_size: 50 or lower"],
        ),
        (
            "b3os",
            {"max_limit": 50, "out_of_range": "clamp"},
            ["warning pagination.page_size: max_page_size: 50, and page_size: 50 or lower"],
        ),
        (
            "aitronos",
            {"max_limit": 50, "out_of_range": "refuse"},
            [f"error pagination.page_size: page_size: 50 or lower, and max_page_size: 50 {USUAL}"],
        ),
        (
            "scale-dex",
            {"total": "too_high"},
            ["warning response.total: leave total out where it counts something else"],
        ),
        ("aitronos", {"total": "absent"}, ["warning response.total: leave total out"]),
    ],
)
async def test_an_upstream_that_is_not_as_declared_is_named(
    name: str, options: dict[str, Any], expected: list[str]
) -> None:
    assert told(await probed_demo(DEMO[name](SIZE, **options))) == expected


@pytest.mark.parametrize(
    ("name", "options", "level"),
    [
        ("aitronos", {"order": "shuffled_ties"}, "warning"),
        ("b3os", {"order": "random"}, "warning"),
        ("scale-dex", {"ties": "shuffled"}, "error"),  # it declares a stable order
    ],
)
async def test_an_order_that_changes_is_wrong_where_a_stable_one_is_declared(
    name: str, options: dict[str, Any], level: str
) -> None:
    order, *others = told(await probed_demo(DEMO[name](SIZE, **options)))
    assert order == f"{level} stable_order: {UNSTABLE}"
    assert all(other.startswith("warning ") for other in others)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("aitronos", {"offset": "offset"}, "pagination.offset: offset: skip"),
        ("aitronos", {"limit": "per_page"}, "pagination.limit: limit: limit"),
        ("aitronos", {"style": "page", "page": "skip", "offset": None}, "pagination.page: style: offset, offset: skip"),
        ("aitronos", {"max_page_size": 200}, "pagination.max_page_size: max_page_size: 100"),
        (
            "aitronos",
            {"page_size": 500, "max_page_size": None},
            f"pagination.page_size: page_size: 100 or lower, and max_page_size: 100 {USUAL}",
        ),
        ("aitronos", {"end": {"rule": "flag", "has_more": "hasMore"}}, "pagination.end: has_more: has_more"),
        (
            "aitronos",
            {"end": {"rule": "total", "total": "limit"}},
            "pagination.end: end: {rule: total, total: total}",
        ),
        ("aitronos", {"response": {"items": "data"}}, "response.items: items: items"),
        ("aitronos", {"response": {"total": "count"}}, "response.total: total: total"),
        ("aitronos", {"item": {"created_at": "created_on"}}, "item.created_at: created_at: created_at"),
        ("aitronos", {"item": {"time_format": "unix"}}, "item.time_format: time_format: iso8601"),
        ("b3os", {"offset": "skip"}, "pagination.offset: offset: offset"),
        ("b3os", {"end": {"rule": "flag", "has_more": "has_more"}}, "pagination.end: has_more: hasMore"),
        ("b3os", {"item": {"name": "name"}}, "item.name: name: title"),
        ("scale-dex", {"next": "next"}, "pagination.next: next: next_token"),
        ("scale-dex", {"next": "prev_token"}, "pagination.next: next: next_token"),
        ("scale-dex", {"token": "cursor"}, "pagination.token: token: continuation_token"),
        (
            "scale-dex",
            {"spec": {"sort": {**SORT, "default": "created_at", "ascending": "desc"}}},
            "sort.default: default: -created_at, or exchange ascending and descending",
        ),
        (
            "scale-dex",
            {"spec": {"sort": {**SORT, "direction": "direction"}}},
            "sort.default: default: created_at, or exchange ascending and descending",
        ),
    ],
)
async def test_a_wrong_declaration_is_named_alone(name: str, changes: dict[str, Any], expected: str) -> None:
    assert told(await probed_demo(DEMO[name](SIZE), built_in(name, **changes))) == [f"error {expected}"]


async def test_short_pages_that_a_server_clamps_do_not_end_a_list() -> None:
    spec = built_in("b3os", page_size=1000, end={"rule": "short_page"})
    size, end = wrong(await probed_demo(B3os(SIZE), spec))
    assert (size.about, size.remedy) == ("pagination.page_size", "max_page_size: 100, and page_size: 100 or lower")
    assert end.about == "pagination.end"
    assert end.remedy.endswith("or end: {rule: flag, has_more: hasMore}")


async def test_another_rule_that_ends_no_walk_too_early_is_at_most_a_hint() -> None:
    report = await probed_demo(Aitronos(SIZE), built_in("aitronos", end={"rule": "empty_page"}))
    assert wrong(report) == []
    (end,) = [finding for finding in report.findings if finding.about == "pagination.end"]
    assert end.remedy == "end: {rule: flag, has_more: has_more} would save the last call"


@pytest.mark.parametrize("name", DEMO)
async def test_the_calls_are_few_and_counted(name: str) -> None:
    upstream = DEMO[name](SIZE)
    params, secrets = GIVEN[name]
    async with serve_upstreams(upstream) as (served,):
        given = access(catalog.spec(name), served.url, params=params, credentials=secrets)
        report = await probe(given, pages=20, clock=SystemClock())
    assert report.calls == upstream.calls.total
    assert report.calls < 15
