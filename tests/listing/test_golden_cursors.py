"""Cursors that former code has handed out, kept as data: what they say and how they are written stays.

For a new state: write it into the newest file in ``tests/data/cursors``, with any text as its cursor; the test says the
right one. For a new format: copy the newest file, and ``python -m tests.support.golden_cursors``. That of the format
before stays as it is for as long as the format is read.
"""

from itertools import zip_longest

import pytest

from gateway.core.query import ListQuery
from gateway.listing.cursor import FORMATS, Cursor, pack
from gateway.listing.position import At, Place, Seeking
from tests.support.cursor_states import cursor_of
from tests.support.drawn import stores
from tests.support.golden_cursors import HOUR, TENANT, golden, issuer, sealed
from tests.support.lists import UpstreamList
from tests.support.tickets import Tickets
from tests.support.walking import Service

GOLDEN = {(version, one["name"]): one for version in FORMATS for one in golden(version)}
EACH = pytest.mark.parametrize(("version", "name"), GOLDEN)


@EACH
@pytest.mark.parametrize("writing", FORMATS)
async def test_a_golden_cursor_opens_to_its_state_whatever_format_is_written(
    version: int, name: str, writing: int
) -> None:
    tickets, cursor = Tickets(), cursor_of(GOLDEN[version, name]["state"])
    await tickets.put(TENANT, pack(cursor, HOUR, version), 1)
    assert await issuer(writing, tickets).open(GOLDEN[version, name]["cursor"], TENANT) == cursor


@EACH
async def test_a_state_is_written_byte_for_byte_as_its_golden_cursor(version: int, name: str) -> None:
    assert await sealed(version, GOLDEN[version, name]["state"]) == GOLDEN[version, name]["cursor"]


@pytest.mark.parametrize("version", FORMATS)
@pytest.mark.parametrize("pages", [1, 4, 7])
async def test_a_walk_that_a_golden_cursor_was_taken_from_goes_on_to_its_end(version: int, pages: int) -> None:
    cursor = GOLDEN[version, f"a walk over three lists after {pages} page{'s' if pages > 1 else ''}"]["cursor"]
    lists = {"aitronos": ("a", 25), "b3os": ("b", 17), "scale-dex": ("s", 21)}
    upstreams = {type_: UpstreamList(type_, stores(*of)) for type_, of in lists.items()}
    served = Service(upstreams, sizes=dict.fromkeys(lists, 10))
    served.listing._issuer = issuer(version)
    rest = await served.walk([7], cursor=cursor)
    columns = [[row.value["id"] for row in upstream.rows] for upstream in upstreams.values()]
    fairly = [item for row in zip_longest(*columns) for item in row if item is not None]
    assert [item["native_id"] for page in rest.pages for item in page.items] == fairly[7 * pages :]
    assert rest.last.complete


async def test_a_search_is_written_in_format_1_as_the_place_it_is_for() -> None:
    at = At("page-9", 3, (b"aaaa", b"bbbb"), 9, b"mark", 2)
    sought = Cursor(ListQuery(), (Place("a", b"mean", Seeking(at, None, "page-12", None, 12)),))
    plain = Cursor(ListQuery(), (Place("a", b"mean", at),))
    written = await issuer(1).seal(sought, TENANT)
    assert written == await issuer(1).seal(plain, TENANT)
    assert await issuer(2).open(written, TENANT) == plain
