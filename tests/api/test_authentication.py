"""Who is asking: one body for every key that is none, and nobody sees anything of anybody else."""

from typing import Any

import pytest

from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, GLOBEX_KEY, Answer, ask, request
from tests.api.serving import ACME, GLOBEX, Served, serving, shown

REFUSED = {
    "type": "urn:knowledge-gateway:problem:unauthenticated",
    "title": "A valid API key is needed",
    "status": 401,
    "detail": "Send your API key as 'Authorization: Bearer …' or 'X-API-Key: …'.",
}
NO_KEY = [
    [],
    ["Authorization: Bearer wrong-key"],
    ["X-API-Key: wrong-key"],
    ["Authorization: Bearer acme-ke"],
    ["Authorization: Bearer acme-keyx"],
    ["Authorization: Bearer ACME-KEY"],
    ["Authorization: Bearer  acme-key acme-key"],
    ["Authorization: Bearer acme-key,acme-key"],
    ["Authorization: Bearer"],
    ["Authorization: Bearer "],
    ["Authorization:"],
    ["Authorization: acme-key"],
    ["Authorization: Basic YWNtZTphY21lLWtleQ=="],
    ["Authorization: Basic acme-key"],
    ["Authorization: Token acme-key"],
    ["Authorization: Bearer\tacme-key"],
    ["Authorization: Bearer:acme-key"],
    ['Authorization: Bearer "acme-key"'],
    ["Authorization: Digest username=acme"],
    ["X-API-Key:"],
    ["X-API-Key:    "],
    ["X-API-Key: Bearer acme-key"],
    ["X-API-Key: sha256:" + "0" * 64],
    [b"X-API-Key: acme-key\xff"],
    ["X-API-Key: schlüssel"],
    ["Authorization: Bearer 🔑".encode()],
    ["Authorization: Bearer " + "a" * 513],
    ["X-API-Key: " + "a" * 10_000],
    ["Authorization: " + "." * 10_000],
    ["X_API_Key: acme-key"],
    ["Api-Key: acme-key"],
    ["Proxy-Authorization: Bearer acme-key"],
    ["Cookie: key=acme-key"],
]


def problem(answer: Answer, status: int) -> Any:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    return answer.json()


@pytest.mark.parametrize("lines", NO_KEY, ids=shown)
async def test_what_is_no_key_gets_one_body(served: Served, lines: list[str | bytes]) -> None:
    (answer,) = await ask(served, request(PATH, *lines))
    assert problem(answer, 401) == REFUSED
    assert answer.headers["www-authenticate"] == 'Bearer realm="knowledge-store-gateway"'
    assert [event.tenant for event in await served.finished()] == [None]
    assert not served.world.requests


@pytest.mark.parametrize(
    "line",
    [
        *["Authorization: Bearer acme-key", "authorization: bearer acme-key", "AUTHORIZATION: BEARER acme-key"],
        *["Authorization: Bearer    acme-key", "Authorization: Bearer acme-key  ", "X-API-Key: acme-key"],
        *["x-api-key:acme-key", "X-Api-Key:   acme-key  "],
    ],
)
async def test_a_key_may_be_sent_in_two_ways(served: Served, line: str) -> None:
    (answer,) = await ask(served, request(PATH, line))
    assert answer.status == 200
    assert [event.tenant for event in await served.finished()] == ["acme"]


@pytest.mark.parametrize(
    "lines",
    [
        [ACME_KEY, "X-API-Key: acme-key"],
        [ACME_KEY, GLOBEX_KEY],
        [ACME_KEY, ACME_KEY],
        [GLOBEX_KEY, GLOBEX_KEY],
        [ACME_KEY, "X-API-Key:"],
        ["Authorization:", "X-API-Key:"],
        ["X-API-Key: wrong", "X-API-Key: wronger"],
    ],
    ids=shown,
)
async def test_two_keys_are_a_mistake(served: Served, lines: list[str]) -> None:
    (answer,) = await ask(served, request(PATH, *lines))
    assert problem(answer, 400) == {
        "type": "urn:knowledge-gateway:problem:invalid-parameter",
        "title": "A request parameter cannot be used",
        "status": 400,
        "detail": "Authorization and X-API-Key were sent together or twice. Send one of them, once.",
        "parameter": "Authorization",
    }
    assert not served.world.requests


@pytest.mark.parametrize("name", ["Authorization: Bearer ", "X-API-Key: "])
async def test_a_key_of_a_megabyte_is_too_large_a_header(served: Served, name: str) -> None:
    (answer,) = await ask(served, request(PATH, name + "a" * 2**20))
    assert problem(answer, 431)["status"] == 431


@pytest.mark.parametrize(
    "line", [b"X-API-Key: a\x00b", b"Authorization: Bearer \x00", b"X-API-Key: a\rb", b"X-API-Key: a\x1bb"], ids=shown
)
async def test_a_key_with_a_control_character_is_none(served: Served, line: bytes) -> None:
    answer = await served.raw(request(PATH, line, "Connection: close"))
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    assert not served.world.requests


@pytest.mark.parametrize("query", ["limit=0", "nonsense=1", "cursor=A", "provider=no-such", "kind=x"])
async def test_without_a_key_nothing_is_said_about_the_request(served: Served, query: str) -> None:
    answer = await served.client.get(f"{PATH}?{query}", headers={"accept": "text/html"})
    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize("query", ["api_key=acme-key", "key=acme-key", "access_token=acme-key"])
async def test_a_key_in_the_query_is_none(served: Served, query: str) -> None:
    answer = await served.client.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize("owner", ["globex", "nobody"])
async def test_without_a_key_the_anonymous_tenant_asks_where_it_may(owner: str) -> None:
    async with serving(anonymous=owner) as served:
        page = (await served.client.get(PATH)).json()
        assert [event.tenant for event in await served.finished()] == [owner]
        assert [part["provider"] for part in page["providers"]] == sorted(served.world.lists[owner])
        assert {asked.tenant for asked in served.world.requests} <= {owner}


async def test_a_tenant_without_providers_has_an_empty_page() -> None:
    async with serving(anonymous="nobody") as served:
        answer = await served.client.get(PATH)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "items": [],
            "next_cursor": None,
            "has_more": False,
            "total": {"value": 0, "relation": "exact"},
            "complete": True,
            "providers": [],
        },
    )


@pytest.mark.parametrize("lines", NO_KEY[1:29], ids=shown)
async def test_a_wrong_key_is_not_anonymous(lines: list[str | bytes]) -> None:
    async with serving(anonymous="globex") as served:
        (answer,) = await ask(served, request(PATH, *lines))
        assert problem(answer, 401) == REFUSED
        assert not served.world.requests


async def test_a_right_key_is_not_anonymous() -> None:
    async with serving(anonymous="globex") as served:
        await served.get()
        assert {asked.tenant for asked in served.world.requests} == {"acme"}


async def test_no_tenant_sees_an_item_of_another(served: Served) -> None:
    acme, globex = [(await served.client.get(PATH, headers=key)).json() for key in (ACME, GLOBEX)]
    assert {item["native_id"][0] for item in acme["items"]} == set("sad")
    assert {item["native_id"][0] for item in globex["items"]} == set("xy")
    assert [part["total"] for part in acme["providers"] if part["provider"] == "aitronos"] == [7]
    assert [part["total"] for part in globex["providers"] if part["provider"] == "aitronos"] == [4]


async def test_equal_states_of_two_tenants_have_different_cursors(served: Served) -> None:
    served.world.lists["globex"]["aitronos"].rows = served.world.acme["aitronos"].rows
    query = {"provider": "aitronos", "limit": "2"}
    pages = [(await served.client.get(PATH, params=query, headers=key)).json() for key in (ACME, GLOBEX)]
    assert pages[0]["items"] == pages[1]["items"]
    assert pages[0]["next_cursor"] != pages[1]["next_cursor"]


async def test_the_cursor_of_a_tenant_opens_for_nobody_else() -> None:
    async with serving(anonymous="nobody") as served:
        cursors = {
            name: (await served.client.get(PATH, params={"limit": 2}, headers=key)).json()["next_cursor"]
            for name, key in [("acme", ACME), ("globex", GLOBEX)]
        }
        served.world.requests.clear()
        tried = [(cursors["acme"], GLOBEX), (cursors["acme"], {}), (cursors["globex"], ACME), (cursors["globex"], {})]
        answers = [await served.client.get(PATH, params={"cursor": cursor}, headers=key) for cursor, key in tried]
        assert {answer.status_code for answer in answers} == {400}
        assert len({answer.content for answer in answers}) == 1
        assert not served.world.requests
