"""Cursors that former code has handed out, kept as data: what they say and how they are written stays.

For a new state: see the head of the newest file in ``tests/data/cursors``. For a new format: a file of its own, sealed
by the first code that writes it; that of the format before stays as it is for as long as the format is read.
"""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.core.query import ListQuery
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.cursor import FORMATS, Cursor, pack
from gateway.listing.issue import CursorIssuer
from gateway.listing.position import At, Place, Seeking
from tests.support.clock import ManualClock
from tests.support.cursor_states import cursor_of
from tests.support.drawn import stores
from tests.support.lists import UpstreamList
from tests.support.tickets import Tickets
from tests.support.walking import Service

DATA = Path(__file__).parents[1] / "data" / "cursors"
KEY = CursorKey(bytes(range(64)))
TENANT = "acme"
#: hours since 1970: that of the clock at its start
HOUR = 472_223
GOLDEN: dict[tuple[int, str], dict[str, Any]] = {
    (version, golden["name"]): golden
    for version in FORMATS
    for golden in yaml.safe_load((DATA / f"format-{version}.yaml").read_text())
}
EACH = pytest.mark.parametrize(("version", "name"), GOLDEN)


def issuer(version: int, tickets: Tickets | None = None) -> CursorIssuer:
    codec = CursorCodec(keys=[KEY], environment="test", route="/v1/knowledge-stores")
    return CursorIssuer(codec=codec, tickets=tickets, clock=ManualClock(), max_age=86_400, version=version)


@EACH
@pytest.mark.parametrize("writing", FORMATS)
async def test_a_golden_cursor_opens_to_its_state_whatever_format_is_written(
    version: int, name: str, writing: int
) -> None:
    golden = GOLDEN[version, name]
    tickets, cursor = Tickets(), cursor_of(golden["state"])
    await tickets.put(TENANT, pack(cursor, HOUR, version), 1)
    assert await issuer(writing, tickets).open(golden["cursor"], TENANT) == cursor


@EACH
async def test_a_state_is_written_byte_for_byte_as_its_golden_cursor(version: int, name: str) -> None:
    golden = GOLDEN[version, name]
    assert await issuer(version, Tickets()).seal(cursor_of(golden["state"]), TENANT) == golden["cursor"]


@pytest.mark.parametrize("version", FORMATS)
@pytest.mark.parametrize("pages", [1, 4, 7])
async def test_a_walk_that_a_golden_cursor_was_taken_from_goes_on_to_its_end(version: int, pages: int) -> None:
    golden = GOLDEN[version, f"a walk over three lists after {pages} page{'s' if pages > 1 else ''}"]
    lists = {"aitronos": ("a", 25), "b3os": ("b", 17), "scale-dex": ("s", 21)}
    upstreams = {type_: UpstreamList(type_, stores(*of)) for type_, of in lists.items()}
    served = Service(upstreams, sizes=dict.fromkeys(lists, 10))
    served.listing._issuer = issuer(version)
    rest = await served.walk([7], cursor=golden["cursor"])
    columns = [[row.value["id"] for row in upstream.rows] for upstream in upstreams.values()]
    fairly = [item for row in zip_longest(*columns) for item in row if item is not None]
    assert [item["native_id"] for page in rest.pages for item in page.items] == fairly[7 * pages :]
    assert rest.last.complete


async def test_a_search_is_written_in_format_1_as_the_place_it_is_for() -> None:
    at = At("page-9", 3, (b"aaaa", b"bbbb"), 9, b"mark", 2, b"1st.")
    sought = Cursor(ListQuery(), (Place("a", b"mean", Seeking(at, None, "page-12", None, 12), restarts=2),))
    plain = Cursor(ListQuery(), (Place("a", b"mean", At("page-9", 3, (b"aaaa", b"bbbb"), 9, b"mark", 2)),))
    sealed = await issuer(1).seal(sought, TENANT)
    assert sealed == await issuer(1).seal(plain, TENANT)
    assert await issuer(2).open(sealed, TENANT) == plain
