"""The table of what becomes of failures, as clients see it (RFC 9457)."""

from typing import Any

import pytest

from gateway.api.problems import PROBLEMS
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import RequestCrashed
from tests.api.serving import Served, shown

DOWN = UpstreamError(FailureCode.SERVER_ERROR, "CANARY-upstream-text", status=500)
LATE = TimeoutError("CANARY-timeout")


def busy(seconds: float) -> UpstreamError:
    return UpstreamError(FailureCode.THROTTLED, "CANARY", status=429, retry_after=seconds)


def check(answer: Any, slug: str, status: int, *members: str) -> Any:
    """The document of a problem, after everything that every problem has was looked at."""
    document = answer.json()
    assert (answer.status_code, document["status"]) == (status, status)
    assert document["type"] == f"urn:knowledge-gateway:problem:{slug}"
    assert document["title"] == PROBLEMS[slug][1]
    assert set(document) == {"type", "title", "status", "detail", *members}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"etag", "link", "age"} & set(answer.headers)
    assert "CANARY" not in answer.text + str(answer.headers)
    return document


async def test_where_everything_fails_a_cursor_resumes(served: Served) -> None:
    first = await served.get("limit=4")
    served.world.fail(DOWN)
    document = check(await served.get("limit=4"), "providers-unavailable", 503, "next_cursor", "providers")
    served.world.fail(None)
    resumed = await served.get({"limit": 4, "cursor": document["next_cursor"]})
    assert (resumed.status_code, resumed.json()["items"]) == (200, first.json()["items"])
    assert resumed.json()["complete"] is True


async def test_within_a_walk_that_cursor_resumes_there(served: Served) -> None:
    cursor = (await served.get("limit=4")).json()["next_cursor"]
    expected = (await served.get({"cursor": cursor})).json()["items"]
    served.world.fail(DOWN)
    document = check(await served.get({"cursor": cursor}), "providers-unavailable", 503, "next_cursor", "providers")
    served.world.fail(None)
    assert (await served.get({"cursor": document["next_cursor"]})).json()["items"] == expected


async def test_it_says_how_every_provider_failed(served: Served) -> None:
    served.world.fail(DOWN)
    served.world.fail(LATE, "7up")
    served.world.fail(busy(7.2), "scale-dex")
    document = check(await served.get(), "providers-unavailable", 503, "next_cursor", "providers")
    assert {part["provider"]: part["error"] for part in document["providers"]} == {
        "7up": {"code": "timeout", "status": None, "retry_after": None, "attempts": 1},
        "aitronos": {"code": "server_error", "status": 500, "retry_after": None, "attempts": 1},
        "scale-dex": {"code": "throttled", "status": 429, "retry_after": 8, "attempts": 1},
    }


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        ({}, "1"),
        ({"7up": 7.2}, "8"),
        ({"7up": 0.0}, "1"),
        ({"7up": 0.4, "aitronos": 30.0}, "1"),
        ({"7up": 90.0, "aitronos": 30.0, "scale-dex": 60.0}, "30"),
    ],
    ids=shown,
)
async def test_it_says_when_to_ask_again(served: Served, failures: dict[str, float], seconds: str) -> None:
    served.world.fail(DOWN)
    for name, wait in failures.items():
        served.world.fail(busy(wait), name)
    answer = await served.get()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)


@pytest.mark.parametrize(("failure", "status"), [(DOWN, 502), (LATE, 504)], ids=shown)
async def test_a_walk_that_never_delivered_fails_in_the_third_round(
    served: Served, failure: Exception, status: int
) -> None:
    served.world.fail(failure)
    cursor: dict[str, str] = {}
    for _ in range(2):
        document = check(await served.get(cursor), "providers-unavailable", 503, "next_cursor", "providers")
        cursor = {"cursor": document["next_cursor"]}
    document = check(await served.get(cursor), "providers-failed", status, "providers")
    assert {part["error"]["attempts"] for part in document["providers"]} == {3}


async def test_one_failure_that_is_no_timeout_makes_it_502(served: Served) -> None:
    served.world.fail(LATE)
    served.world.fail(DOWN, "7up")
    cursor: dict[str, str] = {}
    for _ in range(2):
        cursor = {"cursor": (await served.get(cursor)).json()["next_cursor"]}
    check(await served.get(cursor), "providers-failed", 502, "providers")


async def test_a_walk_that_delivered_ends_with_what_is_lost(served: Served) -> None:
    cursor = (await served.get("limit=4")).json()["next_cursor"]
    served.world.fail(DOWN)
    for _ in range(2):
        cursor = (await served.get({"cursor": cursor})).json()["next_cursor"]
    answer = await served.get({"cursor": cursor})
    page = answer.json()
    assert (answer.status_code, page["items"], page["next_cursor"], page["complete"]) == (200, [], None, False)
    assert {part["lost"] for part in page["providers"]} == {"abandoned"}
    assert (answer.headers["cache-control"], "link" in answer.headers) == ("no-store", False)


async def test_one_provider_that_delivers_is_a_page(served: Served) -> None:
    served.world.fail(DOWN, "7up", "scale-dex")
    answer = await served.get()
    assert (answer.status_code, len(answer.json()["items"]), answer.json()["complete"]) == (200, 7, False)
    assert [part["status"] for part in answer.json()["providers"]] == ["failed", "ok", "failed"]


@pytest.mark.parametrize(("failure", "status"), [(DOWN, 502), (LATE, 504)], ids=shown)
async def test_strict_refuses_an_incomplete_page(served: Served, failure: Exception, status: int) -> None:
    served.world.fail(failure, "7up")
    document = check(await served.get("strict=true"), "incomplete", status, "providers")
    assert [part["status"] for part in document["providers"]] == ["failed", "ok", "ok"]


async def test_strict_keeps_the_place_and_counts_no_attempt(served: Served) -> None:
    cursor = (await served.get("limit=4")).json()["next_cursor"]
    expected = (await served.get({"cursor": cursor})).json()
    served.world.fail(DOWN)
    for _ in range(5):
        document = check(await served.get({"cursor": cursor, "strict": "true"}), "incomplete", 502, "providers")
        assert {part["error"]["attempts"] for part in document["providers"]} == {1}
    served.world.fail(None)
    assert (await served.get({"cursor": cursor, "strict": "true"})).json() == expected


async def test_strict_refuses_what_was_lost_for_good(served: Served) -> None:
    served.world.acme["7up"].rows[1].value = {"name": "without an id"}
    document = check(await served.get("strict=true"), "incomplete", 502, "providers")
    assert [part["lost"] for part in document["providers"]] == ["bad_item", None, None]
    assert [part["lost_count"] for part in document["providers"]] == [1, None, None]


async def test_failures_name_the_problem_in_the_access_event(served: Served) -> None:
    served.world.fail(DOWN)
    await served.get()
    (event,) = await served.finished()
    assert (event.status, event.problem, event.tenant) == (503, "providers-unavailable", "acme")


async def test_a_fault_of_our_own_says_nothing_of_itself(served: Served) -> None:
    fault = RuntimeError("CANARY-secret")
    served.world.fail(fault, "aitronos")
    answer = await served.get(x_request_id="the-one")
    document = check(answer, "internal-error", 500)
    assert document["detail"] == "The fault is the gateway's. Its log says more under the id in X-Request-Id."
    assert answer.headers["x-request-id"] == "the-one"
    assert [event for event in served.events if isinstance(event, RequestCrashed)] == [RequestCrashed("the-one", fault)]
    assert [(event.status, event.problem) for event in await served.finished()] == [(500, "internal-error")]


async def test_after_a_fault_of_our_own_the_connection_goes_on(served: Served) -> None:
    served.world.fail(RuntimeError("once"))
    assert (await served.get()).status_code == 500
    served.world.fail(None)
    assert (await served.get()).status_code == 200


async def test_equal_mistakes_get_equal_bodies(served: Served) -> None:
    for query in ["limit=0", "provider=no-such", "cursor=AAAA", "kind=x", "x=1"]:
        answers = [await served.get(query) for _ in range(3)]
        assert len({answer.content for answer in answers}) == 1
        assert len({answer.headers["x-request-id"] for answer in answers}) == 3
