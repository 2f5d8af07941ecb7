"""One wrong declaration at a time of where items and their fields are."""

from typing import Any

import pytest

from tests.support.simulated import SimulatedList

from .probing import changed, probed, told, wrong

DAY = 86_400
START = 1_700_000_000


def _listed(**fields: Any) -> SimulatedList:
    """Items with these fields; a function makes the n-th item's."""
    made = [
        {"id": f"s{n}", "name": f"Store {n}", "created": f"2024-01-{n + 1:02}T00:00:00Z"}
        | {name: value(n) if callable(value) else value for name, value in fields.items()}
        for n in range(20)
    ]
    return SimulatedList.of("offset", made)


async def _told(upstream: SimulatedList, **item: Any) -> list[str]:
    return told(await probed(upstream, changed("offset", item=item)))


async def test_the_list_is_elsewhere() -> None:
    report = await probed(_listed(), changed("offset", response={"items": "items"}))
    assert told(report) == ["error response.items: items: data"]
    assert wrong(report)[0].seen == "the answer holds no list of objects there; it holds one at data"


async def test_no_item_has_the_id() -> None:
    (finding,) = wrong(await probed(_listed(), changed("offset", item={"id": "uid"})))
    assert finding.seen == "none of 20 items has an id there, so the gateway would refuse them all"
    assert finding.remedy.startswith("id: id ")


async def test_many_items_have_the_same_id() -> None:
    (finding,) = wrong(await probed(_listed(shelf=lambda n: f"shelf{n % 3}"), changed("offset", item={"id": "shelf"})))
    assert finding.seen == "20 items have 3 ids: an id stands on one page more than once"
    assert finding.remedy.startswith("id: id ")


async def test_some_items_have_no_id() -> None:
    (finding,) = wrong(await probed(_listed(key=lambda n: n or None), changed("offset", item={"id": "key"})))
    assert (finding.level, finding.about) == ("warning", "item.id")


@pytest.mark.parametrize(
    ("field", "path", "value", "remedy"),
    [
        ("name", "title", "x", "name: name"),
        ("created_at", "createdAt", "x", "created_at: created"),
        ("updated_at", "updatedAt", "2024-01-01T00:00:00Z", "updated_at: modified_on"),
        ("item_count", "count", 3, "item_count: file_count"),
        ("size_bytes", "size", 4096, "size_bytes: usage_bytes"),
        ("status", "status", "ready", "status: state"),
        ("type", "type", "vector", "type: kind"),
        ("description", "description", "words", "description: summary"),
    ],
)
async def test_a_field_is_elsewhere(field: str, path: str, value: Any, remedy: str) -> None:
    other = remedy.rpartition(" ")[2]
    assert await _told(_listed(**({} if value == "x" else {other: value})), **{field: path}) == [
        f"error item.{field}: {remedy}"
    ]


async def test_a_field_that_is_nowhere_is_a_drawback() -> None:
    assert await _told(_listed(), status="state") == [
        "warning item.status: leave status out where the API has no such field"
    ]


async def test_a_field_that_is_null_everywhere_is_said() -> None:
    report = await probed(_listed(about=None), changed("offset", item={"description": "about"}))
    assert wrong(report) == []
    assert [finding.seen for finding in report.findings if finding.about == "item.description"] == [
        "null in each of 20 items"
    ]


@pytest.mark.parametrize(
    ("declared", "value", "right"),
    [
        ("iso8601", lambda n: START + n * DAY, "unix"),
        ("iso8601", lambda n: 1000 * (START + n * DAY), "unix_ms"),
        ("unix", lambda n: 1000 * (START + n * DAY), "unix_ms"),
        ("unix_ms", lambda n: START + n * DAY, "unix"),
        ("unix", lambda n: f"2024-02-{n + 1:02}", "iso8601"),
        ("unix_ms", lambda n: f"2024-02-{n + 1:02}T10:00:00+02:00", "iso8601"),
    ],
)
async def test_times_are_in_another_format(declared: str, value: Any, right: str) -> None:
    upstream = _listed(created=value)
    assert await _told(upstream, created_at="created", time_format=declared) == [
        f"error item.time_format: time_format: {right}"
    ]


async def test_numbers_written_as_text_are_no_times() -> None:
    (finding,) = wrong(await probed(_listed(created=lambda n: str(START + n)), changed("offset")))
    assert finding.about == "item.created_at"
    assert finding.seen.endswith("what they have there cannot be read as a time (str)")
    assert finding.remedy == "numbers written as text cannot be mapped to times: leave it out"


async def test_values_that_are_not_translated_are_named() -> None:
    upstream = _listed(state=lambda n: ("ready", "building", "gone")[n % 3])
    (finding,) = wrong(
        await probed(upstream, changed("offset", item={"status": {"path": "state", "values": {"ready": "active"}}}))
    )
    assert (finding.level, finding.about) == ("warning", "item.status")
    assert finding.seen == "null in 13 of 20 items, for these values are not translated: building, gone"


async def test_metadata_that_is_nowhere_is_a_drawback() -> None:
    assert await _told(_listed(), metadata={"region": "place"}) == [
        "warning item.metadata.region: leave region out where the API has no such field"
    ]
