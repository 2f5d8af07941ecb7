"""The fields of a page, as the page about the API names them, against what is rendered."""

from typing import get_args, get_type_hints

import pytest

from gateway.core.store import KnowledgeStore
from gateway.listing.report import ListingPage, ProviderReport, Status, body

from . import pages

#: part of the contract, and not built yet
NOT_YET = {"excluded"}

_SECTION = "A page"


def named(first: str) -> set[str]:
    """What the first column names in the table that begins with ``first``."""
    tables = [pages.rows(table) for table in pages.section("api.md", _SECTION).split("\n\n")]
    (found,) = [table for table in tables if table and first in pages.words(table[0][0])]
    return {word for row in found for word in pages.words(row[0])}


@pytest.mark.parametrize(
    ("first", "fields"),
    [
        ("items", set(body(ListingPage(items=[], next_cursor=None, parts=())))),
        ("id", set(get_type_hints(KnowledgeStore))),
        ("provider", set(get_type_hints(ProviderReport))),
        ("ok", set(get_args(Status)) - NOT_YET),
    ],
)
def test_every_field_is_named(first: str, fields: set[str]) -> None:
    assert named(first) == fields
