"""Simulated lists behind a ``Fetch``."""

from typing import Any

import pytest

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from tests.support.clock import START, ManualClock
from tests.support.simulated import SimulatedList
from tests.support.simulated_answers import Drop, Fault, Hang
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import provider


async def first_page(fetch: SimulatedFetch, name: str = "a") -> Page:
    made = provider(fetch.lists[name].style, name, page_size=3)
    return await fetch(PageRequest("acme", made, None), Deadline.after(10, fetch.clock))


def fetching(**switches: Any) -> SimulatedFetch:
    return SimulatedFetch({"a": SimulatedList.of("offset", stores("a", 5), **switches)}, ManualClock())


async def test_a_page_is_read_with_the_spec_and_the_clock() -> None:
    fetch = fetching()
    page = await first_page(fetch)
    assert ([item["id"] for item in page.items], page.next, page.total) == (["a0", "a1", "a2"], 2, 5)
    assert page.fetched_at == START


async def test_calls_are_kept_by_provider_and_token() -> None:
    fetch = fetching()
    await first_page(fetch)
    assert (fetch.asked, fetch.lists["a"].asked) == ([("a", None)], [(("limit", "3"), ("offset", "0"))])


async def test_the_page_of_a_stale_list_is_old() -> None:
    assert [(await first_page(fetching(stale=stale))).origin.stale for stale in (False, True)] == [False, True]


@pytest.mark.parametrize(
    ("met", "code", "transient"),
    [
        (Fault(503), FailureCode.SERVER_ERROR, True),
        (Fault(429), FailureCode.THROTTLED, True),
        (Fault(401), FailureCode.UNAUTHORIZED, False),
        (Fault(200, {}, b"<html>"), FailureCode.MALFORMED, False),
        (Hang(), FailureCode.TIMEOUT, False),
        (Drop(), FailureCode.UNREACHABLE, True),
        (UpstreamError(FailureCode.CIRCUIT_OPEN, "simulated"), FailureCode.CIRCUIT_OPEN, False),
    ],
)
async def test_a_fault_becomes_the_error_that_it_is_over_http(met: Any, code: FailureCode, transient: bool) -> None:
    with pytest.raises(UpstreamError) as caught:
        await first_page(fetching(fault=lambda _: met))
    assert (caught.value.code, caught.value.transient) == (code, transient)


async def test_a_failure_knows_how_long_to_wait() -> None:
    with pytest.raises(UpstreamError) as caught:
        await first_page(fetching(fault=lambda _: Fault(429, {"retry-after": "7"})))
    assert caught.value.retry_after == 7
