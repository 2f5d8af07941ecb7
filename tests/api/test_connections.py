"""Connections: clients that leave, requests one behind the other, bodies and headers that nobody asked for."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.api.edge import MAX_HEADER_BYTES, MAX_HEADERS
from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, GLOBEX_KEY, ask, connected, request
from tests.api.serving import Served, shown

LIMITED = {
    "type": "urn:knowledge-gateway:problem:header-fields-too-large",
    "title": "The request's headers are too large",
    "status": 431,
    "detail": "Send at most 100 headers of 32768 bytes in all.",
}


async def test_a_client_that_leaves_ends_the_work(served: Served) -> None:
    served.world.gate.clear()
    async with connected(served) as connection:
        connection.writer.write(request(PATH, ACME_KEY))
        await served.world.begun.wait()
    await served.world.cancelled.wait()
    (event,) = await served.finished()
    assert (event.status, event.tenant, event.size, event.problem) == (499, "acme", 0, None)


async def test_a_client_that_breaks_off_ends_the_work(served: Served) -> None:
    served.world.gate.clear()
    async with connected(served) as connection:
        connection.writer.write(request(PATH, ACME_KEY))
        await served.world.begun.wait()
        connection.writer.transport.abort()
        await served.world.cancelled.wait()
    assert [event.status for event in await served.finished()] == [499]


async def test_a_client_that_leaves_in_the_middle_of_its_body_ends_the_work(served: Served) -> None:
    served.world.gate.clear()
    async with connected(served) as connection:
        connection.writer.write(request(PATH, ACME_KEY, "Content-Length: 1000", body=b"x"))
        await served.world.begun.wait()
    await served.world.cancelled.wait()
    assert [event.status for event in await served.finished()] == [499]


async def test_a_client_that_leaves_takes_nobody_with_it(served: Served) -> None:
    served.world.gate.clear()
    async with connected(served) as staying:
        staying.writer.write(request(PATH, ACME_KEY))
        async with connected(served) as leaving:
            leaving.writer.write(request(PATH, GLOBEX_KEY))
            await served.world.begun.wait()
        await served.world.cancelled.wait()
        served.world.gate.set()
        assert (await staying.answer()).status == 200
    assert sorted((event.status, event.tenant) for event in await served.finished(2)) == [
        (200, "acme"),
        (499, "globex"),
    ]


async def test_pipelined_requests_of_two_tenants_stay_apart(served: Served) -> None:
    pair = [request(f"{PATH}?limit=5", ACME_KEY, "X-Request-Id: a"), request(PATH, GLOBEX_KEY, "X-Request-Id: g")]
    answers = await ask(served, *pair * 10)
    acme, globex = answers[::2], answers[1::2]
    assert {answer.headers["x-request-id"] for answer in acme} == {"a"}
    assert {answer.headers["x-request-id"] for answer in globex} == {"g"}
    assert {item["native_id"][0] for answer in acme for item in answer.json()["items"]} == set("sad")
    assert {item["native_id"][0] for answer in globex for item in answer.json()["items"]} == set("xy")
    assert {(asked.tenant, asked.request_id) for asked in served.world.requests} == {("acme", "a"), ("globex", "g")}
    assert [event.tenant for event in await served.finished(20)] == ["acme", "globex"] * 10


async def test_a_key_does_not_stay_with_its_connection(served: Served) -> None:
    answers = await ask(served, request(PATH, ACME_KEY), request(PATH), request(PATH, ACME_KEY))
    assert [answer.status for answer in answers] == [200, 401, 200]


async def test_many_clients_at_once_each_get_their_own(served: Served) -> None:
    answers = await asyncio.gather(*(served.get({"limit": limit}) for limit in range(1, 16)))
    assert [len(answer.json()["items"]) for answer in answers] == list(range(1, 16))


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: 0"], b""),
        (["Content-Length: 13"], b'{"limit": "5"}'[:13]),
        ([f"Content-Length: {2**20}"], b"x" * 2**20),
        (["Transfer-Encoding: chunked"], b"5\r\nlimit\r\n0\r\n\r\n"),
        (["Content-Type: application/x-www-form-urlencoded", "Content-Length: 7"], b"limit=0"),
        (["Content-Length: 48"], b"GET /elsewhere HTTP/1.1\r\nHost: a\r\nX-Request-Id: "[:48]),
    ],
    ids=["empty", "json", "a megabyte", "chunked", "form", "a request"],
)
@pytest.mark.parametrize("path", [PATH, "/healthz", "/openapi.json", "/elsewhere"])
async def test_a_body_means_nothing(served: Served, path: str, lines: list[str], body: bytes) -> None:
    plain, with_body, after = await ask(
        served, request(path, ACME_KEY), request(path, ACME_KEY, *lines, body=body), request(path, ACME_KEY)
    )
    assert plain.status == with_body.status == after.status
    assert plain.body == with_body.body == after.body


async def test_a_client_that_waits_for_leave_to_send_a_body_gets_its_answer(served: Served) -> None:
    asked = request(PATH, ACME_KEY, "Content-Length: 5", "Expect: 100-continue")
    async with connected(served) as connection:
        connection.writer.write(asked)
        first = await connection.answer()
        answer = await connection.answer() if first.status == 100 else first
    assert answer.status == 200


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0"])
async def test_an_offer_to_change_the_protocol_is_not_taken(served: Served, upgrade: str) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, "Connection: Upgrade", f"Upgrade: {upgrade}"))
    assert answer.status == 200


def padding(count: int, size: int) -> Iterator[str]:
    """``count`` further headers of ``size`` bytes, name and value, in all."""
    for number in range(count):
        name = f"x-{number:03}"
        yield f"{name}: {'v' * (size // count - len(name) + (size % count if number == 0 else 0))}"


KNOWN_BYTES = len("hostgateway") + len("authorizationBearer acme-key")


async def test_as_many_headers_as_are_allowed_are_taken(served: Served) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, *padding(MAX_HEADERS - 2, 2000)))
    assert answer.status == 200


@pytest.mark.parametrize("path", [PATH, "/elsewhere", "/openapi.json", "/healthz"])
@pytest.mark.parametrize(
    "lines",
    [
        [*padding(MAX_HEADERS - 1, 2000)],
        [*padding(1000, 20_000)],
        ["a: b"] * 100_000,
        [*padding(1, MAX_HEADER_BYTES - KNOWN_BYTES + 1)],
        [*padding(50, MAX_HEADER_BYTES - KNOWN_BYTES + 1)],
        [*padding(1, 2**20)],
    ],
    ids=[
        "one too many",
        "a thousand",
        "one of them again and again",
        "a byte too long",
        "a byte too long together",
        "a megabyte",
    ],
)
async def test_more_than_that_is_refused(served: Served, path: str, lines: list[str]) -> None:
    (answer,) = await ask(served, request(path, ACME_KEY, *lines))
    assert (answer.status, answer.json()) == (431, LIMITED)
    assert answer.headers["content-type"] == "application/problem+json"
    assert not served.world.requests


@pytest.mark.parametrize("count", [1, 50])
async def test_headers_as_long_as_are_allowed_are_taken(served: Served, count: int) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, *padding(count, MAX_HEADER_BYTES - KNOWN_BYTES)))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Content-Length: 5", "Content-Length: 6"], b"xxxxxx"),
        (["Content-Length: -1"], b""),
        (["Content-Length: 5x"], b"xxxxx"),
        (["Content-Length : 5"], b"xxxxx"),
        (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n"),
        (["X-A: b", " folded: c"], b""),
        (["no colon"], b""),
        ([": no name"], b""),
    ],
    ids=shown,
)
async def test_what_two_servers_would_read_differently_is_refused(
    served: Served, lines: list[str], body: bytes
) -> None:
    answer = await served.raw(request(PATH, ACME_KEY, *lines, "Connection: close", body=body))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert not served.world.requests


async def test_a_connection_is_closed_where_the_client_says_so(served: Served) -> None:
    async with connected(served) as connection:
        (answer,) = await connection.ask(request(PATH, ACME_KEY, "Connection: close"))
        assert answer.status == 200
        assert await connection.closed()
