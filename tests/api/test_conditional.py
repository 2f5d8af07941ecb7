"""ETag, If-None-Match (RFC 9110, sections 8.8.3 and 13.1.2), and pages that must not be kept."""

import re

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.page import Origin
from tests.api.connection import ACME_KEY, ask, request
from tests.api.serving import FETCHED, Served

DOWN = UpstreamError(FailureCode.SERVER_ERROR, "down", status=500)


async def tag_of(served: Served) -> str:
    tag = (await served.get("limit=2")).headers["etag"]
    assert isinstance(tag, str)
    return tag


async def test_the_tag_is_weak(served: Served) -> None:
    assert re.fullmatch(r'W/"[0-9a-f]{24}"', await tag_of(served))


@pytest.mark.parametrize(
    "sent",
    [
        "{tag}",
        "{strong}",
        "*",
        '"other", {tag}',
        '{tag}, "other"',
        'W/"a",{strong},W/"b"',
        '"", {tag}',
        '"with, comma", {tag}',
        ", {tag},",
    ],
)
async def test_a_body_that_is_there_already_is_not_sent_again(served: Served, sent: str) -> None:
    tag = await tag_of(served)
    answer = await served.get("limit=2", if_none_match=sent.format(tag=tag, strong=tag.removeprefix("W/")))
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    "sent",
    ['"other"', 'W/"other"', "", "{bare}", '"{bare}x"', '"x{bare}"', '"*"', '"a", "b"', "W/", '"', '"a"{bare}"b"'],
)
async def test_any_other_tag_gets_the_body(served: Served, sent: str) -> None:
    tag = await tag_of(served)
    bare = tag.removeprefix("W/").strip('"')
    answer = await served.get("limit=2", if_none_match=sent.format(bare=bare))
    assert answer.status_code == 200


async def test_tags_may_stand_on_several_lines(served: Served) -> None:
    tag = await tag_of(served)
    lines = ['If-None-Match: "other"', f"If-None-Match: {tag}"]
    (answer,) = await ask(served, request("/v1/knowledge-stores?limit=2", ACME_KEY, *lines))
    assert answer.status == 304


async def test_304_has_the_headers_of_200_but_those_of_the_body(served: Served) -> None:
    full = await served.get("limit=2", x_request_id="one")
    short = await served.get("limit=2", x_request_id="one", if_none_match="*")
    assert dict(short.headers) == {
        name: value
        for name, value in full.headers.items()
        if name not in {"content-type", "content-length", "content-encoding"}
    }


async def test_after_304_the_connection_goes_on(served: Served) -> None:
    answers = await ask(served, *[request("/v1/knowledge-stores", ACME_KEY, "If-None-Match: *")] * 2)
    assert [answer.status for answer in answers] == [304, 304]


async def test_head_gets_304_too(served: Served) -> None:
    assert (await served.get(method="HEAD", if_none_match="*")).status_code == 304


async def test_another_body_has_another_tag(served: Served) -> None:
    answers = [
        await served.get(query) for query in ("limit=1", "limit=2", "limit=2&include=raw", "limit=2&provider=7up")
    ]
    assert len({answer.headers["etag"] for answer in answers}) == 4


async def test_an_incomplete_page_must_not_be_kept(served: Served) -> None:
    served.world.fail(DOWN, "7up")
    answer = await served.get(if_none_match="*")
    assert (answer.status_code, answer.json()["complete"]) == (200, False)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_a_stale_page_is_complete_and_may_be_kept(served: Served) -> None:
    served.world.origins["7up"] = Origin("memory", age=40, ttl=-10, stale=True, forwarded="stale")
    answer = await served.get()
    assert [part["status"] for part in answer.json()["providers"]] == ["stale", "ok", "ok"]
    assert (answer.json()["complete"], answer.headers["cache-control"]) == (True, "private, no-cache")
    served.world.origins["7up"] = FETCHED
    assert (await served.get()).headers["etag"] != answer.headers["etag"]


async def test_what_was_incomplete_is_complete_again(served: Served) -> None:
    complete = await served.get("limit=2")
    served.world.fail(DOWN, "7up")
    assert "etag" not in (await served.get("limit=2")).headers
    served.world.fail(None, "7up")
    assert (await served.get("limit=2")).headers["etag"] == complete.headers["etag"]
