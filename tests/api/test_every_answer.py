"""Laws of every answer, whatever was asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from gateway.api.params import KNOWN, UNSUPPORTED
from gateway.api.stores import PATH
from gateway.core.errors import FailureCode, UpstreamError
from tests.api.connection import ACME_KEY, Answer, Connection, connected, request
from tests.api.fields import cache_status, server_timing
from tests.api.schemas import Judge
from tests.api.serving import Served

DOCUMENTED = {200, 304, 400, 401, 406, 410, 431, 502, 503, 504}

numbers = st.integers(-5, 200).map(str) | st.floats(0, 50).map(str)
words = st.sampled_from(["true", "false", "raw", "", "aitronos", "7up,scale-dex", "globex-only", "no-such", "A" * 40])
values = numbers | words | st.text(max_size=30) | st.binary(max_size=10).map(lambda data: data.decode("latin-1"))
names = st.sampled_from(sorted(KNOWN) * 4 + sorted(UNSUPPORTED)) | st.text(max_size=12)
pairs = st.tuples(names, values).map(lambda pair: f"{quote(pair[0])}={quote(pair[1])}")
printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=30)
queries = st.lists(pairs | printable, max_size=4).map("&".join)

visible = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=60)
said = {
    "Accept": st.sampled_from(
        ["*/*", "application/json", "text/html;q=0.5, */*;q=0", "application/json;q=x", ",", ";"]
    ),
    "Authorization": st.sampled_from(["Bearer wrong", "Basic x", "Bearer", ""]),
    "Cache-Control": st.sampled_from(["no-cache", "max-age=3", "max-age=99999999999999999999", "max-age=,no-store"]),
    "If-None-Match": st.sampled_from(["*", 'W/"x"', '"', '"a", *', "W/"]),
    "X-Request-Id": st.sampled_from(["good-1", "bad one", "a,b"]),
    "X-API-Key": st.sampled_from(["globex-key", "wrong"]),
}
lines = st.sampled_from(sorted(said)).flatmap(lambda name: (said[name] | visible).map(lambda text: f"{name}: {text}"))
keys = st.sampled_from([[ACME_KEY]] * 8 + [[], ["X-API-Key: globex-key"]])
headers = st.tuples(keys, st.lists(lines, max_size=4)).map(lambda both: both[0] + both[1])

FAILURE = UpstreamError(FailureCode.THROTTLED, "x", status=429, retry_after=3)
broken = st.sets(st.sampled_from(["7up", "aitronos", "scale-dex"]))


@dataclass
class Open:
    served: Served
    connection: Connection
    judge: Judge


@pytest.fixture
async def opened(served: Served) -> AsyncIterator[Open]:
    described = (await served.client.get("/openapi.json")).json()
    async with connected(served) as connection:
        yield Open(served, connection, Judge(described))


def obeys_the_laws(answer: Answer, judge: Judge) -> None:
    assert answer.status in DOCUMENTED
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    judge.check(answer.status, answer.headers.get("content-type"), answer.json() if answer.body else None)
    if answer.status in {200, 304}:
        cache_status(answer.headers["cache-status"])
        server_timing(answer.headers["server-timing"])
    else:
        assert answer.headers["cache-control"] == "no-store"
    assert ("etag" in answer.headers) == (answer.headers["cache-control"] == "private, no-cache")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries, sent=headers, failing=broken)
@example(query="limit=3", sent=[ACME_KEY, "If-None-Match: *"], failing=set())
@example(query="strict=true", sent=[ACME_KEY], failing={"7up"})
@example(query="", sent=[ACME_KEY], failing={"7up", "aitronos", "scale-dex"})
async def test_whatever_is_asked_the_answer_is_documented(
    opened: Open, query: str, sent: list[str], failing: set[str]
) -> None:
    opened.served.world.fail(None)
    for name in failing:
        opened.served.world.fail(FAILURE, name)
    first, second = await opened.connection.ask(*[request(f"{PATH}?{query}", *sent)] * 2)
    obeys_the_laws(first, opened.judge)
    assert (first.status, first.body) == (second.status, second.body)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(st.sampled_from([*"/.%;:?&=@~v1", "%2e", "%2f", "%00", "%0a", "%ff", "v1", "knowledge-stores"])))
async def test_whatever_the_path_only_the_known_ones_answer(opened: Open, path: list[str]) -> None:
    (answer,) = await opened.connection.ask(request("/" + "".join(path), ACME_KEY))
    assert answer.status == 404 or b'"items"' in answer.body
    assert answer.headers["x-request-id"]
