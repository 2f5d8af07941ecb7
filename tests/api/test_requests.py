"""What is known about a request: its id, and the one event that says how it went."""

import re

import pytest

from gateway.api.options import ServerOptions
from gateway.api.stores import PATH
from gateway.core.events import RequestFinished, RequestStarted
from tests.api.connection import ACME_KEY, ask, request
from tests.api.serving import ACME, Served, serving, shown

NEW = re.compile("[0-9a-f]{32}")


@pytest.mark.parametrize(
    "sent", ["a", "0", "-", "A-Z_a-z.0-9", "a" * 64, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"], ids=shown
)
async def test_a_harmless_id_is_kept_and_passed_on(served: Served, sent: str) -> None:
    answer = await served.get(x_request_id=sent)
    assert answer.headers["x-request-id"] == sent
    assert {asked.request_id for asked in served.world.requests} == {sent}
    assert [event.request_id for event in await served.finished()] == [sent]


@pytest.mark.parametrize(
    "sent",
    [
        *["", " ", "a b", "a" * 65, "a" * 10_000, "a,b", "a;b", "a/b", '"a"', "<a>", "a\tb", "{a}", "$a", "a:b"],
        *["é", "%0a", "a\x80", "a=b"],
    ],
    ids=shown,
)
async def test_any_other_id_is_replaced(served: Served, sent: str) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, f"X-Request-Id: {sent}"))
    assert NEW.fullmatch(answer.headers["x-request-id"])
    assert {asked.request_id for asked in served.world.requests} == {answer.headers["x-request-id"]}


@pytest.mark.parametrize(
    "line", [b"X-Request-Id: a\x00b", b"X-Request-Id: a\x07b", b"X-Request-Id: a\rb", b"X-Request-Id: a\n b"], ids=shown
)
async def test_an_id_with_a_control_character_comes_back_from_nowhere(served: Served, line: bytes) -> None:
    answer = await served.raw(request(PATH, ACME_KEY, line, "Connection: close"))
    assert line.removeprefix(b"X-Request-Id: ") not in answer


async def test_two_ids_are_none(served: Served) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, "X-Request-Id: a", "X-Request-Id: b"))
    assert NEW.fullmatch(answer.headers["x-request-id"])


async def test_every_request_without_an_id_gets_one_of_its_own(served: Served) -> None:
    assert len({(await served.get()).headers["x-request-id"] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        (PATH, "GET", 200),
        (PATH, "HEAD", 200),
        (f"{PATH}?limit=0", "GET", 400),
        (PATH, "POST", 405),
        ("/elsewhere", "GET", 404),
        ("/healthz", "GET", 200),
        ("/readyz", "HEAD", 200),
        ("/openapi.json", "GET", 200),
    ],
)
async def test_every_answer_has_the_id(served: Served, target: str, method: str, status: int) -> None:
    answer = await served.client.request(method, target, headers=ACME | {"x-request-id": "one"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, "one")


@pytest.mark.parametrize(
    ("target", "key", "expected"),
    [
        (PATH, ACME_KEY, (PATH, 200, "acme", None)),
        (f"{PATH}?limit=0", ACME_KEY, (PATH, 400, "acme", "invalid-parameter")),
        (f"{PATH}?sort=name", ACME_KEY, (PATH, 400, "acme", "unsupported-parameter")),
        (f"{PATH}?cursor=A", ACME_KEY, (PATH, 400, "acme", "cursor-invalid")),
        (PATH, "X-API-Key: wrong", (PATH, 401, None, "unauthenticated")),
        ("/elsewhere", ACME_KEY, ("other", 404, None, "not-found")),
        ("/openapi.json", ACME_KEY, ("/openapi.json", 200, None, None)),
    ],
    ids=shown,
)
async def test_one_event_says_how_it_went(
    served: Served, target: str, key: str, expected: tuple[str, int, str | None, str | None]
) -> None:
    (answer,) = await ask(served, request(target, key))
    (event,) = await served.finished()
    assert (event.route, event.status, event.tenant, event.problem) == expected
    assert (event.method, event.client, event.size) == ("GET", "127.0.0.1", len(answer.body))
    assert event.request_id == answer.headers["x-request-id"]


async def test_an_event_begins_and_ends_each_request(served: Served) -> None:
    for _ in range(3):
        await served.get()
    kinds = [event for event in served.events if isinstance(event, RequestStarted | RequestFinished)]
    assert [type(event) for event in kinds] == [RequestStarted, RequestFinished] * 3


async def test_the_event_says_how_long_it_took(served: Served) -> None:
    served.world.acme["7up"].fault = lambda _: served.world.clock.advance(1.5)
    await served.get()
    assert [event.seconds for event in await served.finished()] == [1.5]


async def test_head_has_no_size(served: Served) -> None:
    await served.get(method="HEAD")
    assert [(event.method, event.size) for event in await served.finished()] == [("HEAD", 0)]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_are_no_events(served: Served, path: str) -> None:
    await served.client.get(path)
    await served.client.post(path)
    assert served.events == []


async def test_no_event_holds_a_key_a_cursor_or_a_query(served: Served) -> None:
    cursor = (await served.get("limit=1")).json()["next_cursor"]
    await served.get({"cursor": cursor, "limit": 17})
    await served.get({"cursor": f"{cursor}x"})
    told = repr(served.events)
    assert not [secret for secret in (cursor, "acme-key", "limit=", "cursor=") if secret in told]


@pytest.mark.parametrize(
    ("proxies", "client"),
    [((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.9"), (("10.0.0.1",), "127.0.0.1")],
    ids=shown,
)
async def test_a_client_is_believed_only_from_a_trusted_proxy(proxies: tuple[str, ...], client: str) -> None:
    async with serving(options=ServerOptions(port=0, trusted_proxies=proxies)) as served:
        await served.get(x_forwarded_for="203.0.113.9")
        assert [event.client for event in await served.finished()] == [client]
