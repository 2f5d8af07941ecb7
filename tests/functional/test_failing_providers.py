"""Providers that fail while a walk is under way: pages go on, say what is missing, and what comes back is delivered."""

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from gateway.core.events import ProviderFailed, ProviderStale, UpstreamCallFinished
from tests.functional.world import Page, Replica, replica, report, world

#: nothing is served from an earlier fetch, so a fault is felt at once
UNCACHED = "{fresh: 0s, if_error: 0s}"
#: seconds that one call to a provider may take: what ends sooner was ended by the deadline of the request
ATTEMPT = 3.0


def unbroken(config: str) -> str:
    """With b3os asked however often it fails."""
    return config.replace("type: b3os", "type: b3os\n    breaker: {enabled: false}")


async def rest(gateway: Replica, page: Page, **query: Any) -> list[str]:
    """The ids of the page and of all that follow it."""
    following = await gateway.walk(cursor=page["next_cursor"], **query) if page["next_cursor"] else None
    return [item["id"] for item in page["items"]] + (following.ids if following else [])


@pytest.mark.parametrize("name", ["aitronos", "scale-dex", "b3os"])
async def test_a_stopped_provider_keeps_its_place_and_loses_nothing_when_it_comes_back(name: str) -> None:
    async with world() as upstreams, replica(upstreams.config(cache=UNCACHED)) as gateway:
        first = await gateway.page(limit=20)
        await upstreams.served[name].stop()
        second = await gateway.page(limit=20, cursor=first["next_cursor"])
        third = await gateway.page(limit=20, cursor=second["next_cursor"])
        await upstreams.served[name].start()
        ids = [item["id"] for page in (first, second) for item in page["items"]] + await rest(gateway, third)
        assert Counter(ids) == upstreams.expected()
        for page, attempts in ((second, 1), (third, 2)):
            assert not page["complete"]
            assert len(page["items"]) == 20
            assert report(page, name)["status"] == "failed"
            assert report(page, name)["error"] == {
                "code": "unreachable", "status": None, "retry_after": None, "attempts": attempts,
            }  # fmt: skip


async def test_the_last_page_speaks_for_the_whole_walk() -> None:
    async with world() as upstreams, replica(upstreams.config(cache=UNCACHED)) as gateway:
        first = await gateway.page(limit=20)
        await upstreams.served["b3os"].stop()
        second = await gateway.page(limit=20, cursor=first["next_cursor"])
        await upstreams.served["b3os"].start()
        walk = await gateway.walk(cursor=second["next_cursor"])
        assert [page["complete"] for page in walk.pages] == [True] * len(walk.pages)
        assert walk.pages[-1]["total"] == {"value": 131, "relation": "exact"}


async def test_what_a_hanging_provider_answers_too_late_is_there_on_a_later_page() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        slow = upstreams.b3os
        slow.faults.hang = True
        began = time.monotonic()
        first = await gateway.page(limit=20, timeout=0.3)
        assert time.monotonic() - began < ATTEMPT
        assert report(first, "b3os")["error"]["code"] == "timeout"
        assert not first["complete"]
        slow.faults.release()
        ids = await rest(gateway, first)
        assert Counter(ids) == upstreams.expected()
        assert slow.calls.total == 1, "the call that was too late for the first page served the others"


async def test_a_page_takes_no_longer_than_its_deadline() -> None:
    config = {"server": "{port: 0, metrics_port: 0, deadline: 500ms}"}
    async with world() as upstreams, replica(upstreams.config(**config)) as gateway:
        for one in upstreams.upstreams.values():
            one.faults.hang = True
        began = time.monotonic()
        answer = await gateway.get()
        assert time.monotonic() - began < ATTEMPT
        assert answer.status_code == 503
        assert {entry["error"]["code"] for entry in answer.json()["providers"]} == {"timeout"}


FAULTS: dict[str, tuple[dict[str, Any], str | None, int | None]] = {
    "html": ({"body": "html"}, "malformed", 200),
    "half a JSON": ({"body": "truncated"}, None, None),
    "nothing": ({"body": "empty"}, "malformed", 200),
    "null": ({"body": "null"}, "malformed", 200),
    "an object without a list": ({"body": "object"}, "malformed", 200),
    "a list of numbers": ({"body": "numbers"}, "malformed", 200),
    "a list of numbers in its envelope": ({"body": "items_numbers"}, "malformed", 200),
    "503": ({"status": 503}, "server_error", 503),
    "500": ({"status": 500}, "server_error", 500),
    "429": ({"status": 429, "retry_after": "7"}, "throttled", 429),
    "401": ({"status": 401}, "unauthorized", 401),
    "403": ({"status": 403}, "forbidden", 403),
    "404": ({"status": 404}, "not_found", 404),
    "a dropped connection": ({"drop": "before"}, "unreachable", None),
    "a body cut off": ({"drop": "mid_body"}, "unreachable", None),
}


@pytest.mark.parametrize("name", ["aitronos", "scale-dex", "b3os"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_a_provider_entry_with_a_clear_reason_and_the_others_are_served(
    fault: str, name: str
) -> None:
    changes, code, status = FAULTS[fault]
    async with world(5, 5, 5) as upstreams, replica(upstreams.config()) as gateway:
        for attribute, value in changes.items():
            setattr(upstreams.upstreams[name].faults, attribute, value)
        page = await gateway.page()
        error = report(page, name)["error"]
        assert error["code"] in ({code} if code else {"malformed", "unreachable"})
        assert status is None or error["status"] in {status, None}
        assert error["retry_after"] == (7 if fault == "429" else None)
        assert len(page["items"]) == 10
        assert not page["complete"]
        assert page["has_more"]


async def test_items_that_cannot_be_used_are_counted_and_the_rest_goes_on() -> None:
    async with world(5, 5, 5) as upstreams, replica(upstreams.config()) as gateway:
        upstreams.aitronos.corpus.insert(2, id=None)
        page = await gateway.page()
        assert (report(page, "aitronos")["lost"], report(page, "aitronos")["lost_count"]) == ("bad_item", 1)
        assert not page["complete"]
        assert len(page["items"]) == 15


async def test_wrong_credentials_are_said_and_are_not_tried_twice() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        upstreams.aitronos.tokens.clear()
        page = await gateway.page()
        assert report(page, "aitronos")["error"]["code"] == "unauthorized"
        assert upstreams.calls()["aitronos"] == 1


async def test_a_fault_that_passes_at_once_is_not_seen_by_the_client() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        faults = upstreams.scale_dex.faults
        faults.status, faults.only_next = 503, 1
        assert (await gateway.page())["complete"]
        assert upstreams.calls()["scale-dex"] == 2


async def every_round(gateway: Replica, cursor: str | None) -> list[Any]:
    """Every answer along a chain of cursors, until there is none."""
    answers = []
    while True:
        answers.append(await (gateway.get(cursor=cursor) if cursor else gateway.get()))
        cursor = answers[-1].json().get("next_cursor")
        if cursor is None:
            return answers


async def test_a_walk_gives_up_what_fails_three_times_alone_and_says_so() -> None:
    async with world(5, 5, 5) as upstreams, replica(unbroken(upstreams.config())) as gateway:
        await upstreams.served["b3os"].stop()
        first, *rounds = await every_round(gateway, None)
        assert [answer.status_code for answer in (first, *rounds)] == [200, 503, 503, 200]
        assert int(rounds[0].headers["retry-after"]) >= 1
        last = rounds[-1].json()
        assert (last["items"], last["complete"]) == ([], False)
        assert report(last, "b3os")["lost"] == "abandoned"
        assert not report(last, "b3os")["exhausted"]


async def test_a_provider_that_comes_back_between_two_rounds_loses_nothing() -> None:
    async with world(5, 5, 5) as upstreams, replica(upstreams.config()) as gateway:
        await upstreams.served["b3os"].stop()
        first = await gateway.page()
        refused = await gateway.get(cursor=first["next_cursor"])
        assert refused.status_code == 503
        await upstreams.served["b3os"].start()
        last = await gateway.page(cursor=refused.json()["next_cursor"])
        assert [item["provider"] for item in last["items"]] == ["b3os"] * 5
        assert (last["complete"], last["next_cursor"]) == (True, None)


async def test_a_walk_that_never_delivered_anything_ends_in_a_gateway_error() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        for one in upstreams.served.values():
            await one.stop()
        answers = await every_round(gateway, None)
        assert [answer.status_code for answer in answers] == [503, 503, 502]
        assert answers[-1].headers["content-type"] == "application/problem+json"


async def test_strict_refuses_an_incomplete_page_and_its_place_stays() -> None:
    async with world() as upstreams, replica(upstreams.config(cache=UNCACHED)) as gateway:
        first = await gateway.page(limit=20, strict="true")
        await upstreams.served["aitronos"].stop()
        refused = await gateway.get(limit=20, strict="true", cursor=first["next_cursor"])
        assert refused.status_code == 502
        assert refused.json()["type"].endswith(":incomplete")
        assert "next_cursor" not in refused.json()
        await upstreams.served["aitronos"].start()
        assert (
            Counter(
                [item["id"] for item in first["items"]]
                + (await gateway.walk(cursor=first["next_cursor"], strict="true")).ids
            )
            == upstreams.expected()
        )


async def test_strict_says_when_only_time_was_short() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        upstreams.b3os.faults.hang = True
        assert (await gateway.get(strict="true", timeout=0.2)).status_code == 504


async def test_an_old_page_stands_in_for_a_provider_that_fails() -> None:
    async with world() as upstreams, replica(upstreams.config(cache="{fresh: 0s, if_error: 10m}")) as gateway:
        before = await gateway.page()
        await upstreams.served["scale-dex"].stop()
        after = await gateway.page()
        assert report(after, "scale-dex")["status"] == "stale"
        assert report(after, "scale-dex")["guarantee"] == "best_effort"
        assert [item["id"] for item in after["items"]] == [item["id"] for item in before["items"]]
        assert after["complete"]
        told = [event.provider for event in gateway.events if isinstance(event, ProviderStale)]
        assert told == ["scale-dex"]


async def test_an_old_page_never_stands_in_once_access_was_withdrawn() -> None:
    async with world() as upstreams, replica(upstreams.config(cache="{fresh: 0s, if_error: 10m}")) as gateway:
        await gateway.page()
        upstreams.b3os.tokens.clear()
        assert report(await gateway.page(), "b3os")["status"] == "failed"


async def test_many_clients_of_one_cold_page_cost_one_call_for_each_upstream() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        answers = await asyncio.gather(*(gateway.get() for _ in range(30)))
        assert {answer.content for answer in answers} == {answers[0].content}
        assert upstreams.calls() == {"aitronos": 1, "scale-dex": 1, "b3os": 1}


async def test_failures_are_told_with_their_provider_and_reason_only() -> None:
    async with world() as upstreams, replica(upstreams.config()) as gateway:
        upstreams.b3os.faults.status = 503
        await gateway.page()
        (failed,) = [event for event in gateway.events if isinstance(event, ProviderFailed)]
        assert (failed.provider, failed.code, failed.status) == ("b3os", "server_error", 503)
        calls = [event.outcome for event in gateway.events if isinstance(event, UpstreamCallFinished)]
        assert sorted(calls) == ["ok", "ok", "server_error", "server_error"]
