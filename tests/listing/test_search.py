"""What a search makes of a page whose token holds, while all that was used of it is gone."""

import pytest

from gateway.listing.position import At
from gateway.listing.search import Found, Search
from gateway.provider.page import Page, PageToken
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import provider


def page(first: int, last: int) -> Page:
    return Page(items=stores("a", last)[first:], next="more", overlap=0, promised=True, total=None, fetched_at=0.0)


@pytest.mark.parametrize("inside", [False, True])
async def test_what_comes_again_of_a_page_was_used_before_only_where_it_was_come_to_inside(inside: bool) -> None:
    """Else the last items used are all of those that were used of it."""
    a = provider("token", "a", page_size=6)
    pages: dict[PageToken | None, Page] = {None: page(0, 6), "there": page(12, 18)}

    async def read(token: PageToken | None) -> Page | None:
        return pages[token]

    gone = tuple(map(a.hash, stores("gone", 5)))
    found = await Search(a, read, cuts=True).begin(At("there", 3, gone, inside=inside), gone=False)
    assert isinstance(found, Found)
    assert (found.token, found.index, found.repeats) == ("there", 0, inside)
