"""Traces of the whole service, as a collector receives them; a gateway that closes has sent what it had."""

import asyncio
import threading
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.api.keys import digest
from gateway.core.events import FlightJoined
from gateway.demo import credentials
from tests.functional.world import ENDPOINT, World, replica, world

from .collector import CLIENT, SERVER, Collector, collector, values

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{PARENT}-01"
KEY = "canary-key-of-a-client"
ONE = "{providers: [b3os]}"


@pytest.fixture
async def traces() -> AsyncIterator[Collector]:
    async with collector() as made:
        yield made


@pytest.fixture
async def upstreams() -> AsyncIterator[World]:
    async with world() as made:
        yield made


async def test_a_request_is_a_span_and_each_attempt_a_child_of_it(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        await gateway.get(limit=5)
    (request,) = traces.of(SERVER)
    assert request.name == f"GET {ENDPOINT}"
    assert not request.parent_span_id
    attempts = traces.of(CLIENT)
    assert len(attempts) == 3
    assert {span.parent_span_id for span in attempts} == {request.span_id}
    assert {span.trace_id for span in attempts} == {request.trace_id}
    assert all(request.start_time_unix_nano <= span.start_time_unix_nano for span in attempts)
    assert all(span.end_time_unix_nano <= request.end_time_unix_nano for span in attempts)


async def test_what_the_span_of_a_request_says(traces: Collector, upstreams: World) -> None:
    tenants = f"{{search: {{keys: ['{digest(KEY)}'], providers: [b3os]}}}}"
    async with replica(upstreams.config(tracing=traces.config(), tenants=tenants)) as gateway:
        sent = {"x-api-key": KEY, "x-request-id": "r-1", "accept-encoding": "identity"}
        answer = await gateway.get(sent, limit=5)
    (request,) = traces.of(SERVER)
    assert values(request) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.route": ENDPOINT,
        "http.response.status_code": 200,
        "http.response.body.size": len(answer.content),
        "knowledge_gateway.request_id": "r-1",
        "knowledge_gateway.tenant": "search",
        "knowledge_gateway.page.completeness": "complete",
        "knowledge_gateway.page.items": 5,
        "knowledge_gateway.page.source": "listing",
    }
    assert traces.resources[0]["service.name"] == "knowledge-store-gateway"
    assert traces.resources[0]["deployment.environment.name"] == "default"


async def test_what_the_span_of_an_attempt_says(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get(limit=5)
    (attempt,) = traces.of(CLIENT)
    told = values(attempt)
    assert attempt.name == "GET"
    assert told.pop("http.response.body.size") > 0
    assert told.pop("url.template").startswith("/")
    assert told == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": upstreams.served["b3os"].port,
        "url.scheme": "http",
        "knowledge_gateway.provider": "b3os",
        "knowledge_gateway.tenant": "anonymous",
        "knowledge_gateway.cache": "miss",
        "knowledge_gateway.conditional": False,
        "knowledge_gateway.outcome": "ok",
    }


async def test_no_key_cursor_query_or_path_of_a_client_is_sent(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        cursor = (await gateway.page(limit=5))["next_cursor"]
        await gateway.get({"x-api-key": "canary"}, limit=5)
        await gateway.get(cursor=cursor)
        await gateway.client.get("/canary", params={"canary": "canary"})
        await gateway.client.request("PROPFIND", ENDPOINT)
    assert len(traces.of(SERVER)) == 5
    secrets = [credentials.AITRONOS_TOKEN, credentials.SCALE_DEX_API_KEY, credentials.B3OS_TOKEN, cursor, "limit=5"]
    assert not [one for one in (*secrets, "canary", "PROPFIND") if one.encode() in traces.received]


async def test_the_clients_trace_goes_on_to_every_provider(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        await gateway.get({"traceparent": SENT, "tracestate": "vendor=opaque"}, limit=5)
    (request,) = traces.of(SERVER)
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    for name, upstream in upstreams.upstreams.items():
        (attempt,) = traces.attempts(name)
        assert upstream.calls.recent[0].headers["traceparent"] == f"00-{TRACE}-{attempt.span_id.hex()}-01"
        assert upstream.calls.recent[0].headers["tracestate"] == "vendor=opaque"


@pytest.mark.parametrize(
    "sent",
    [
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}",
        "",
    ],
)
async def test_what_is_no_traceparent_begins_a_trace_of_its_own(sent: str, traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get({"traceparent": sent}, limit=5)
    (request,) = traces.of(SERVER)
    assert not request.parent_span_id
    assert request.trace_id.hex() != TRACE


async def test_two_traceparents_are_none(traces: Collector, upstreams: World) -> None:
    twice = httpx.Headers([("traceparent", SENT), ("traceparent", SENT)])
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get(twice, limit=5)
    assert not traces.of(SERVER)[0].parent_span_id


async def test_a_later_version_of_the_standard_is_read_as_far_as_it_is_known(
    traces: Collector, upstreams: World
) -> None:
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get({"traceparent": f"cc-{TRACE}-{PARENT}-01-more"}, limit=5)
    assert traces.of(SERVER)[0].trace_id.hex() == TRACE


async def test_a_client_that_does_not_trace_is_not_traced_but_its_trace_goes_on(
    traces: Collector, upstreams: World
) -> None:
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get({"traceparent": f"00-{TRACE}-{PARENT}-00"}, limit=5)
    assert traces.spans == []
    sent = upstreams.b3os.calls.recent[0].headers["traceparent"]
    assert sent.startswith(f"00-{TRACE}-")
    assert sent.endswith("-00")


async def test_only_a_share_is_traced(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config(sample=0))) as gateway:
        await gateway.get(limit=5)
        await gateway.get({"traceparent": SENT}, limit=6)
    assert [span.trace_id.hex() for span in traces.of(SERVER)] == [TRACE]


async def test_providers_are_told_nothing_where_that_is_switched_off(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config(propagate=False), anonymous=ONE)) as gateway:
        await gateway.get({"traceparent": SENT, "tracestate": "vendor=opaque"}, limit=5)
    assert {"traceparent", "tracestate"}.isdisjoint(upstreams.b3os.calls.recent[0].headers)
    assert traces.attempts("b3os")[0].parent_span_id == traces.of(SERVER)[0].span_id


async def test_attempts_that_fail_are_told_one_by_one(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.status = 502
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        await gateway.get(limit=5)
    first, second = traces.attempts("b3os")
    assert "http.request.resend_count" not in values(first)
    assert values(second)["http.request.resend_count"] == 1
    for attempt in (first, second):
        assert attempt.status.code == attempt.status.STATUS_CODE_ERROR
        assert values(attempt)["error.type"] == "server_error"
        assert values(attempt)["http.response.status_code"] == 502
    (request,) = traces.of(SERVER)
    (event,) = request.events
    assert event.name == "provider_failed"
    assert values(event) == {"knowledge_gateway.provider": "b3os", "error.type": "server_error"}
    assert request.status.code == request.status.STATUS_CODE_UNSET


async def test_a_request_that_we_failed_is_an_error_and_one_that_was_wrong_is_not(
    traces: Collector, upstreams: World
) -> None:
    upstreams.b3os.faults.status = 502
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        assert (await gateway.get(limit=5)).status_code == 503
        assert (await gateway.get(limit=0)).status_code == 400
    failed, wrong = traces.of(SERVER)
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert wrong.status.code == wrong.status.STATUS_CODE_UNSET
    assert values(wrong)["error.type"] == "invalid-parameter"


async def test_who_waits_for_anothers_attempt_links_to_it(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.latency = 0.3
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await asyncio.gather(*(gateway.get(limit=limit) for limit in range(1, 9)))
        joined = sum(isinstance(event, FlightJoined) for event in gateway.events)
    (attempt,) = traces.attempts("b3os")
    assert joined == 7
    owners = [span for span in traces.of(SERVER) if not span.links]
    assert [span.span_id for span in owners] == [attempt.parent_span_id]
    links = [link for span in traces.of(SERVER) for link in span.links]
    assert [link.span_id for link in links] == [attempt.span_id] * 7


async def test_who_waits_for_anothers_failing_attempt_links_to_it_too(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.latency, upstreams.b3os.faults.status = 0.3, 403
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await asyncio.gather(*(gateway.get(limit=limit) for limit in range(1, 5)))
    (attempt,) = traces.attempts("b3os")
    assert [link.span_id for span in traces.of(SERVER) for link in span.links] == [attempt.span_id] * 3


async def test_a_link_never_leads_to_another_tenants_attempt(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.latency = 0.3
    keys = {"one": "key-one", "other": "key-other"}
    tenants = ", ".join(f"{name}: {{keys: ['{digest(key)}'], providers: [b3os]}}" for name, key in keys.items())
    async with replica(upstreams.config(tracing=traces.config(), tenants=f"{{{tenants}}}")) as gateway:
        await asyncio.gather(*(gateway.get({"x-api-key": key}, limit=n) for key in keys.values() for n in (4, 5)))
    spans = {span.span_id: values(span)["knowledge_gateway.tenant"] for span in traces.spans}
    links = [(values(span)["knowledge_gateway.tenant"], link) for span in traces.of(SERVER) for link in span.links]
    assert len(links) == 2
    assert all(spans[link.span_id] == tenant for tenant, link in links)


async def test_a_page_from_the_cache_is_a_span_without_attempts(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        await gateway.get(limit=5)
        await gateway.get(limit=5)
    first, second = traces.of(SERVER)
    assert [span.parent_span_id for span in traces.of(CLIENT)] == [first.span_id]
    assert values(second)["knowledge_gateway.page.source"] == "memory"


async def test_what_is_read_ahead_belongs_to_the_request_that_had_it_read(traces: Collector) -> None:
    async with world(aitronos=250) as upstreams, replica(upstreams.config(tracing=traces.config())) as gateway:
        await gateway.walk([20])
    first, *ahead = traces.attempts("aitronos")
    assert values(first)["knowledge_gateway.cache"] == "miss"
    assert [values(span)["knowledge_gateway.cache"] for span in ahead] == ["read-ahead"] * 2
    assert {span.parent_span_id for span in ahead} < {span.span_id for span in traces.of(SERVER)}


async def test_what_is_renewed_behind_says_so(traces: Collector, upstreams: World) -> None:
    cache = "{fresh: 0s, revalidate: 1h}"
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE, cache=cache)) as gateway:
        await gateway.get(limit=5)
        await gateway.get(limit=6)
        await upstreams.b3os.calls.until_in_flight(0)
        await gateway.get(limit=7, strict="true")
    causes = [values(span)["knowledge_gateway.cache"] for span in traces.attempts("b3os")]
    assert causes[:2] == ["miss", "revalidate"]


async def test_probes_and_scrapes_make_no_spans(traces: Collector, upstreams: World) -> None:
    server = "{port: 0, metrics_port: 0, base_path: /gateway}"
    async with replica(upstreams.config(tracing=traces.config(), server=server)) as gateway:
        for path in ("/healthz", "/readyz", "/gateway/healthz"):
            assert (await gateway.client.get(path)).status_code == 200
    assert traces.spans == []


async def test_what_is_not_there_has_no_name_of_the_clients_making(traces: Collector, upstreams: World) -> None:
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        await gateway.client.get("/nothing")
        await gateway.client.request("PROPFIND", ENDPOINT)
    assert [span.name for span in traces.of(SERVER)] == ["GET", f"HTTP {ENDPOINT}"]
    assert [values(span)["error.type"] for span in traces.of(SERVER)] == ["not-found", "method-not-allowed"]


async def test_a_client_that_leaves_is_told_with_the_attempt_that_it_ended(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.latency = 20
    async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
        asking = asyncio.create_task(gateway.get(limit=5))
        await upstreams.b3os.calls.until_in_flight(1)
        asking.cancel()
        await upstreams.b3os.calls.until_in_flight(0)
    (request,), (attempt,) = traces.of(SERVER), traces.of(CLIENT)
    assert values(request)["error.type"] == "client_closed_request"
    assert "http.response.status_code" not in values(request)
    assert values(attempt)["knowledge_gateway.outcome"] == "cancelled"
    assert attempt.status.code == attempt.status.STATUS_CODE_UNSET


async def test_a_gateway_that_has_closed_leaves_no_thread_behind(traces: Collector, upstreams: World) -> None:
    before = threading.active_count()
    for _ in range(3):
        async with replica(upstreams.config(tracing=traces.config(), anonymous=ONE)) as gateway:
            await gateway.get(limit=5)
    assert len(traces.of(SERVER)) == 3
    assert threading.active_count() <= before + 1  # what ends last has told us so, and is about to


async def test_what_a_walk_loses_is_told_on_the_page_that_says_it_first(traces: Collector, upstreams: World) -> None:
    upstreams.b3os.faults.status = 502
    async with replica(upstreams.config(tracing=traces.config())) as gateway:
        cursor = (await gateway.get(limit=100)).json()["next_cursor"]
        while cursor:
            cursor = (await gateway.get(limit=100, cursor=cursor)).json()["next_cursor"]
    told = [event for span in traces.of(SERVER) for event in span.events if event.name == "items_lost"]
    assert [values(event) for event in told] == [
        {"knowledge_gateway.provider": "b3os", "knowledge_gateway.reason": "abandoned"}
    ]
