"""What items could mean, by their names and values."""

from typing import Any

import pytest

from gateway.conformance.fields import identifiers, is_time, similar, time_format


def test_ids_are_different_in_every_item_those_named_so_first() -> None:
    items = [{"label": f"l{n}", "meta": {"uuid": f"u{n}"}, "kind": "x", "id": n, "size": n / 2} for n in range(3)]
    assert identifiers(items) == ["id", "meta.uuid", "label"]


@pytest.mark.parametrize("items", [[{"id": "a"}, {"id": "a"}], [{"id": "a"}, {}], [{"id": None}], [{"id": ""}], [7]])
def test_what_is_not_in_every_item_or_not_different_is_no_id(items: list[Any]) -> None:
    assert identifiers(items) == []


def test_fields_are_known_by_the_names_that_apis_give_them() -> None:
    items = [{"createdOn": "2024-01-01", "creation_time": "soon", "meta": {"created": "2024-01-01"}}]
    assert similar("created_at", items, is_time) == ["meta.created", "createdOn"]


def test_a_field_of_another_name_is_found_in_another_spelling() -> None:
    assert similar("sourceId", [{"source_id": "x"}], lambda value: True) == ["source_id"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-01T00:00:00Z", None], "iso8601"),
        ([1_700_000_000], "unix"),
        ([1_700_000_000.5], "unix"),
        ([1_700_000_000_000], "unix_ms"),
        (["2024-01-01T00:00:00Z", "2024-01-02", "0001-01-01T00:00:00Z"], "iso8601"),
        (["2024-01-01T00:00:00Z", 1_700_000_000], None),
        (["yesterday"], None),
        ([True, 12], None),
        ([], None),
    ],
)
def test_the_format_of_times(values: list[Any], expected: str | None) -> None:
    assert time_format([value for value in values if value is not None]) == expected
