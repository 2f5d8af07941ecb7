"""What stands in the headers of a page: the link, ages, what the cache did, timings."""

from typing import Any

import pytest

from gateway.api.options import ServerOptions
from gateway.api.stores import PATH
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.page import Origin
from tests.api.fields import cache_status, next_link, server_timing, structured_list
from tests.api.serving import ACME, FETCHED, Served, serving, shown, stores
from tests.support.lists import UpstreamList


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "a,",
        "a,,b",
        "7up; hit",
        'a; x="b',
        "a; X",
        "a; x=",
        "a;x=1.2345",
        'a; x="ü"',
        "a b",
        "a ; hit",
        "a; hit;",
    ],
)
def test_the_reader_of_structured_fields_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (item|comma)"):
        structured_list(text)


async def test_the_link_leads_to_the_next_page(served: Served) -> None:
    answer = await served.get("limit=4")
    page = answer.json()
    ids = [item["id"] for item in page["items"]]
    while page["has_more"]:
        answer = await served.client.get(next_link(answer.headers["link"]), headers=ACME)
        page = answer.json()
        assert len(page["items"]) <= 4
        ids += [item["id"] for item in page["items"]]
    assert len(ids) == len(set(ids)) == 15


async def test_the_last_page_has_no_link(served: Served) -> None:
    answer = await served.get("limit=100")
    assert answer.json()["next_cursor"] is None
    assert "link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "repeated"),
    [
        ("", ""),
        ("limit=3", "&limit=3"),
        ("timeout=2.50&limit=003", "&limit=003&timeout=2.50"),
        ("strict=false", "&strict=false"),
        (
            "include=raw&timeout=5&strict=true&limit=3&provider=aitronos",
            "&limit=3&strict=true&include=raw&timeout=5",
        ),
    ],
)
async def test_the_link_repeats_what_the_cursor_does_not_hold(served: Served, query: str, repeated: str) -> None:
    served.world.acme["aitronos"].rows += UpstreamList.of("aitronos", *stores("z", 70)).rows
    answer = await served.get(query)
    assert next_link(answer.headers["link"]) == f"{PATH}?cursor={answer.json()['next_cursor']}{repeated}"


async def test_the_link_does_not_repeat_the_cursor_it_came_from(served: Served) -> None:
    first = await served.get("limit=1")
    second = await served.client.get(next_link(first.headers["link"]), headers=ACME)
    assert next_link(second.headers["link"]).count("cursor=") == 1


async def test_the_link_stands_below_the_base_path() -> None:
    async with serving(options=ServerOptions(port=0, base_path="/a/knowledge")) as served:
        link = next_link((await served.get("limit=1", path=f"/a/knowledge{PATH}")).headers["link"])
        assert link.startswith(f"/a/knowledge{PATH}?cursor=")
        assert (await served.client.get(link, headers=ACME)).json()["items"][0]["id"] == "aitronos:a0"


async def test_a_page_has_the_headers_of_the_contract(served: Served) -> None:
    answer = await served.get("limit=2", accept_encoding="identity")
    assert set(answer.headers) == {
        *["cache-control", "cache-status", "content-length", "content-type", "etag", "link", "server-timing"],
        *["vary", "x-content-type-options", "x-request-id"],
    }
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Authorization, X-API-Key"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin(forwarded="uri-miss", stored=True), {"fwd": "uri-miss", "fwd-status": 200, "stored": True}),
        (Origin(forwarded="bypass"), {"fwd": "bypass", "fwd-status": 200}),
        (Origin(forwarded="request", stored=True), {"fwd": "request", "fwd-status": 200, "stored": True}),
        (Origin(forwarded="stale", collapsed=True), {"fwd": "stale", "fwd-status": 200, "collapsed": True}),
        (Origin(forwarded="stale", stored=True, status=304), {"fwd": "stale", "fwd-status": 304, "stored": True}),
        (Origin("memory", age=3.9, ttl=26.1), {"hit": True, "ttl": 26, "detail": "memory"}),
        (Origin("redis", age=40, ttl=-10), {"hit": True, "ttl": -10, "detail": "redis"}),
        (
            Origin("memory", age=99, ttl=-69.5, stale=True, forwarded="stale"),
            {"hit": True, "ttl": -69, "detail": "stale-memory"},
        ),
    ],
    ids=shown,
)
async def test_cache_status_says_what_the_cache_did(served: Served, origin: Origin, said: dict[str, Any]) -> None:
    served.world.origins = dict.fromkeys(served.world.acme, origin)
    caches = cache_status((await served.get()).headers["cache-status"])
    assert caches == dict.fromkeys(["7up", "aitronos", "scale-dex"], said)


async def test_of_several_pages_the_one_that_was_forwarded_is_told(served: Served) -> None:
    upstream = served.world.acme["aitronos"]

    def then_from_memory(call: int) -> None:
        served.world.origins["aitronos"] = FETCHED if call == 1 else Origin("memory", age=1, ttl=29)

    upstream.clamp, upstream.fault = 5, then_from_memory
    caches = cache_status((await served.get("provider=aitronos")).headers["cache-status"])
    assert (upstream.calls, caches["aitronos"]["fwd"]) == (2, "uri-miss")


@pytest.mark.parametrize("code", FailureCode)
@pytest.mark.parametrize("status", [None, 503])
async def test_cache_status_says_how_a_provider_failed(served: Served, code: FailureCode, status: int | None) -> None:
    served.world.fail(UpstreamError(code, "CANARY", status=status), "7up")
    answer = await served.get()
    caches = cache_status(answer.headers["cache-status"])
    assert caches["7up"] == {"fwd": "miss", "detail": code.value, **({"fwd-status": status} if status else {})}
    assert "CANARY" not in str(answer.headers) + answer.text


async def test_cache_status_has_a_member_for_each_provider_that_was_asked(served: Served) -> None:
    cursor = (await served.get("limit=14")).json()["next_cursor"]
    caches = cache_status((await served.get({"cursor": cursor})).headers["cache-status"])
    assert list(caches) == ["aitronos"]


async def test_without_a_provider_there_is_nothing_to_say_about_caches() -> None:
    async with serving(anonymous="nobody") as served:
        answer = await served.client.get(PATH)
    assert "cache-status" not in answer.headers
    assert list(server_timing(answer.headers["server-timing"])) == ["total"]


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ({}, None),
        ({"aitronos": 0.0}, "0"),
        ({"aitronos": 12.9}, "12"),
        ({"aitronos": 12.9, "7up": 70.0, "scale-dex": 1.0}, "70"),
    ],
    ids=shown,
)
async def test_age_is_that_of_the_oldest_cached_page(served: Served, ages: dict[str, float], said: str | None) -> None:
    served.world.origins = {name: Origin("redis", age=age) for name, age in ages.items()}
    assert (await served.get()).headers.get("age") == said


async def test_a_fresh_page_has_no_age_however_long_it_took(served: Served) -> None:
    served.world.origins = dict.fromkeys(served.world.acme, Origin(age=5.0, forwarded="uri-miss"))
    assert "age" not in (await served.get()).headers


async def test_server_timing_has_each_provider_and_the_whole(served: Served) -> None:
    served.world.acme["aitronos"].fault = lambda _: served.world.clock.advance(0.25)
    timing = server_timing((await served.get()).headers["server-timing"])
    assert list(timing) == ["7up", "aitronos", "scale-dex", "total"]
    assert timing["total"] == 250.0
    assert timing["aitronos"] >= 250.0


async def test_server_timing_has_a_failed_provider_too(served: Served) -> None:
    served.world.fail(TimeoutError(), "7up")
    assert "7up" in server_timing((await served.get()).headers["server-timing"])


async def test_equal_requests_get_equal_bytes(served: Served) -> None:
    first, *others = [await served.get("limit=4&include=raw") for _ in range(5)]
    assert {other.content for other in others} == {first.content}
    assert {other.headers["link"] for other in others} == {first.headers["link"]}


async def test_ages_and_timings_do_not_touch_the_body(served: Served) -> None:
    first = await served.get("limit=4")
    served.world.origins = dict.fromkeys(served.world.acme, Origin("redis", age=25, ttl=5))
    served.world.acme["aitronos"].fault = lambda _: served.world.clock.advance(0.25)
    second = await served.get("limit=4")
    assert second.headers["cache-status"] != first.headers["cache-status"]
    assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])
