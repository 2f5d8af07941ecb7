"""Order, overlap and sorting, with APIs that have ways of their own."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.provider.spec import ProviderSpec

from .apis import Api, probed_api, rows
from .probing import changed, told, wrong

NOT_SENT = "what they send is not honoured"
ROWS = rows(40)
EMPTY_PAGE = {"rule": "empty_page"}


def _spec(**changes: Any) -> ProviderSpec:
    return changed("offset", end=EMPTY_PAGE, response={"total": None}, **changes)


def _sliced(items: list[Any]) -> Api:
    """An honest offset list."""

    def api(query: Mapping[str, str]) -> Any:
        start, size = int(query["offset"]), int(query["limit"])
        return {"data": items[start : start + size]}

    return api


def _rounding(query: Mapping[str, str]) -> Any:
    size = int(query["limit"])
    start = int(query["offset"]) // size * size
    return {"data": ROWS[start : start + size]}


async def test_offsets_that_are_rounded_to_pages_allow_no_overlap() -> None:
    assert told(await probed_api(_rounding, _spec())) == ["error pagination.offset: overlap: 0"]


async def test_without_overlap_they_are_no_matter() -> None:
    assert wrong(await probed_api(_rounding, _spec(overlap=0))) == []


@pytest.mark.parametrize("count", [7, 13, 40])
async def test_a_page_number_that_may_be_0_as_well_is_no_offset(count: int) -> None:
    def numbered(query: Mapping[str, str]) -> Any:
        size, index = int(query["limit"]), max(0, int(query["offset"]) - 1)
        return {"data": ROWS[:count][index * size : (index + 1) * size]}

    assert told(await probed_api(numbered, _spec())) == ["error pagination.offset: style: page, page: offset, first: 1"]


async def test_a_page_0_that_is_the_last_page_is_no_first_page() -> None:
    def counting_back(query: Mapping[str, str]) -> Any:
        size, index = int(query["limit"]), int(query["page"]) - 1
        pages = [ROWS[start : start + size] for start in range(0, len(ROWS), size)]
        return {"data": pages[index] if index < len(pages) else []}

    assert wrong(await probed_api(counting_back, changed("page", end=EMPTY_PAGE, response={"total": None}))) == []


async def test_the_first_page_is_1_where_0_brings_it_too() -> None:
    def numbered(query: Mapping[str, str]) -> Any:
        size, index = int(query["limit"]), max(0, int(query["page"]) - 1)
        return {"data": ROWS[index * size : (index + 1) * size]}

    spec = changed("page", end=EMPTY_PAGE, response={"total": None}, first=0)
    assert told(await probed_api(numbered, spec)) == ["error pagination.first: first: 1"]


@pytest.mark.parametrize("overlap", [0, 1])
async def test_a_server_that_starts_at_the_named_item_cannot_be_declared(overlap: int) -> None:
    def inclusive(query: Mapping[str, str]) -> Any:
        ids = [row["id"] for row in ROWS]
        start, size = ids.index(query["after"]) if "after" in query else 0, int(query["limit"])
        return {"data": ROWS[start : start + size]}

    spec = changed("last_item", end=EMPTY_PAGE, response={"total": None}, overlap=overlap)
    (finding,) = wrong(await probed_api(inclusive, spec))
    assert finding.about == "pagination.after"
    assert finding.seen == "a page starts at the item that is named, and not behind it"


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        ("created_at", lambda n: f"2024-01-01T00:{n:02}:00Z", []),
        ("-created_at", lambda n: f"2024-01-01T00:{59 - n:02}:00.5Z", []),
        (
            "-created_at",
            lambda n: f"2024-01-01T00:{n:02}:00Z",
            ["error sort.default: default: created_at, or exchange ascending and descending"],
        ),
        (
            "created_at",
            lambda n: f"2024-01-01T00:{n * 7 % 41:02}:00Z",
            [f"error sort.default: look at sort.field, sort.direction and sort.fields.created_at: {NOT_SENT}"],
        ),
    ],
)
async def test_a_declared_order_is_the_one_seen(declared: str, values: Any, expected: list[str]) -> None:
    api = _sliced(rows(40, created=values))
    assert told(await probed_api(api, _spec(spec={"sort": _sort(declared)}))) == expected


async def test_text_may_be_sorted_by_rules_of_its_own() -> None:
    api = _sliced(rows(40, name=lambda n: f"{'äzb'[n % 3]}{n}"))
    (finding,) = wrong(await probed_api(api, _spec(spec={"sort": _sort("name")})))
    assert (finding.about, finding.level) == ("sort.default", "warning")


async def test_an_order_by_what_is_not_mapped_cannot_be_checked() -> None:
    (finding,) = wrong(await probed_api(_sliced(ROWS), _spec(spec={"sort": _sort("updated_at")})))
    assert (finding.about, finding.level) == ("sort.default", "warning")


def _sort(default: str) -> dict[str, Any]:
    names = {"created_at": "created", "updated_at": "updated", "name": "name"}
    words = {"field": "by", "direction": "order", "ascending": "asc", "descending": "desc"}
    return {**words, "fields": names, "default": default}


async def test_the_order_that_was_seen_is_said_where_none_is_declared() -> None:
    report = await probed_api(_sliced(ROWS), _spec())
    assert [finding.seen for finding in report.findings if finding.about == "order"] == [
        "items come by created_at, ascending; no order is declared"
    ]


@pytest.mark.parametrize(("stable", "level"), [(True, "error"), (False, "warning")])
async def test_another_sequence_by_other_sizes_is_named(stable: bool, level: str) -> None:
    def by_size(query: Mapping[str, str]) -> Any:
        items = ROWS if query["limit"] == "10" else [*ROWS[:3], *reversed(ROWS[3:])]
        return _sliced(items)(query)

    found = wrong(await probed_api(by_size, _spec(spec={"stable_order": stable})))
    assert ("sizes", level) in {(finding.about, finding.level) for finding in found}
    assert found[-1].seen == "by pages of 4 items, item 4 is another than by pages of 10"


@pytest.mark.parametrize(("stable", "level"), [(True, "error"), (False, "warning")])
async def test_an_item_on_two_pages_is_named(stable: bool, level: str) -> None:
    """A list that shows the item of page one on page two again, as where ties are broken anew for each page."""

    def api(query: Mapping[str, str]) -> Any:
        number, size = int(query["page"]), int(query["limit"])
        page = ROWS[(number - 1) * size : number * size]
        return {"data": [*page[:-1], ROWS[1]] if (number, size) == (2, 10) else page}

    spec = changed("page", end=EMPTY_PAGE, response={"total": None}, spec={"stable_order": stable})
    found = wrong(await probed_api(api, spec))
    assert ("walk", level) in {(finding.about, finding.level) for finding in found}
