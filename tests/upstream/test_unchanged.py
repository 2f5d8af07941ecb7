"""Asking whether a page is still as it was, instead of for the page (RFC 9110, section 13)."""

from email.utils import formatdate

import pytest
from msgspec.structs import replace

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.page import Origin, Page
from tests.support.clock import START
from tests.upstream.calling import Caller, calling
from tests.upstream.wire import PAGE, answer, answers, keeps_answering, serve

TAG = 'W/"1"'
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
SINCE = formatdate(START - 3600, usegmt=True)


async def again(caller: Caller, known: Page) -> Page:
    caller.clock.advance(100)
    return await caller.page(known=known)


@pytest.mark.parametrize(
    ("told", "asked"),
    [(f"ETag: {TAG}", f"if-none-match: {TAG}"), (f"Last-Modified: {SINCE}", f"if-modified-since: {SINCE}")],
    ids=["entity tag", "date"],
)
async def test_a_page_that_is_as_it_was_is_given_again_as_fetched_now(told: str, asked: str) -> None:
    async with serve(answers(answer(PAGE, told), UNCHANGED)) as wire, calling(wire.url) as caller:
        first = await caller.page()
        second = await again(caller, first)
        assert second == replace(first, fetched_at=first.fetched_at + 100, origin=Origin(status=304))
        assert (asked in wire.requests[0].lower(), asked.lower() in wire.requests[1].lower()) == (False, True)
        assert (caller.outcome(), wire.connections) == ("not_modified", 1)


async def test_a_page_that_has_changed_comes_as_any_other() -> None:
    changed = answer(PAGE.replace(b'"a"', b'"b"'), 'etag: "2"')
    async with serve(answers(answer(PAGE, f"etag: {TAG}"), changed)) as wire, calling(wire.url) as caller:
        second = await again(caller, await caller.page())
        assert (second.items, second.origin, caller.outcome()) == ([{"id": "b"}], Origin(), "ok")
        assert second.validator
        assert second.validator.value == '"2"'


async def test_a_page_without_a_validator_is_asked_for_without_condition() -> None:
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        first = await caller.page()
        assert first.validator is None
        await again(caller, first)
        assert "if-" not in wire.requests[1].lower()


async def test_an_answer_that_nothing_has_changed_without_a_page_at_hand_is_malformed() -> None:
    async with serve(keeps_answering(UNCHANGED)) as wire, calling(wire.url) as caller:
        for known in (None, Page([], None, 0, promised=False, total=None, fetched_at=0.0)):
            error = await caller.failure(known=known)
            assert (error.code, error.status, error.transient) == (FailureCode.MALFORMED, 304, False)


async def test_an_answer_about_another_state_is_malformed() -> None:
    other = b'HTTP/1.1 304 Not Modified\r\netag: "2"\r\n\r\n'
    async with serve(answers(answer(PAGE, f"etag: {TAG}"), other)) as wire, calling(wire.url) as caller:
        first = await caller.page()
        error = await caller.failure(known=first)
        assert (error.code, caller.outcome()) == (FailureCode.MALFORMED, "malformed")


async def test_after_an_answer_about_another_state_it_is_asked_for_without_condition() -> None:
    other = b'HTTP/1.1 304 Not Modified\r\netag: "1-gzip"\r\n\r\n'
    scripts = answers(answer(PAGE, f"etag: {TAG}"), other, answer(PAGE, f"etag: {TAG}"))
    async with serve(scripts) as wire, calling(wire.url, guarded=True) as caller:
        second = await again(caller, await caller.page())
        assert (second.items, second.origin) == ([{"id": "a"}], Origin())
        assert ["if-none-match" in head.lower() for head in wire.requests] == [False, True, False]


async def test_the_condition_is_kept_through_all_that_is_around_a_call() -> None:
    scripts = answers(answer(PAGE, f"etag: {TAG}"), answer(b"", status="503 Busy"), UNCHANGED)
    async with serve(scripts) as wire, calling(wire.url, guarded=True) as caller:
        second = await again(caller, await caller.page())
        assert second.origin.status == 304
        assert [f"if-none-match: {TAG.lower()}" in head.lower() for head in wire.requests] == [False, True, True]


async def test_what_an_upstream_calls_the_state_of_a_page_is_in_no_error_or_repr() -> None:
    other = b'HTTP/1.1 304 Not Modified\r\netag: "CANARY-2"\r\n\r\n'
    async with serve(answers(answer(PAGE, 'etag: "CANARY-1"'), other)) as wire, calling(wire.url) as caller:
        first = await caller.page()
        with pytest.raises(UpstreamError) as failed:
            await caller.page(known=first)
        assert "CANARY" not in f"{first!r} {failed.value!r} {failed.value.detail} {caller.events}"
