from typing import Any

import pytest

from gateway.demo.aitronos import Aitronos

from .calling import Caller, calling, ids

FIELDS = {
    "id", "name", "description", "slice_id", "organization_id", "created_by", "is_active", "access_mode",
    "file_count", "data_size", "created_at", "updated_at",
}  # fmt: skip


async def walk(caller: Caller, limit: int) -> list[str]:
    found: list[str] = []
    while True:
        page = await caller.page(skip=len(found), limit=limit)
        found += ids(page["items"])
        if not page["has_more"]:
            return found


@pytest.mark.parametrize("limit", [1, 7, 100])
@pytest.mark.parametrize("size", [0, 1, 14, 21])
async def test_a_walk_meets_every_store_once(size: int, limit: int) -> None:
    upstream = Aitronos(size)
    async with calling(upstream) as caller:
        assert await walk(caller, limit) == upstream.corpus.ids()


@pytest.mark.parametrize("size", [100, 200, 201])
async def test_a_walk_over_exact_multiples_of_the_largest_page(size: int) -> None:
    upstream = Aitronos(size)
    async with calling(upstream) as caller:
        assert await walk(caller, 100) == upstream.corpus.ids()
    assert upstream.calls.total == -(-size // 100)


async def test_the_documented_answer() -> None:
    async with calling(Aitronos(25)) as caller:
        page = await caller.page()
    assert {name: page[name] for name in page if name != "items"} == {
        "total": 25,
        "skip": 0,
        "limit": 20,
        "has_more": True,
    }
    assert len(page["items"]) == 20
    assert all(item.keys() == FIELDS for item in page["items"])
    assert {item["description"] is None for item in page["items"]} == {True, False}


async def test_a_missing_token_is_answered_as_documented() -> None:
    upstream = Aitronos(1)
    upstream.clock = lambda: 1762071705.9
    async with calling(upstream) as caller:
        del caller.client.headers["authorization"]
        response = await caller.list()
    assert response.status_code == 401
    error = response.json()["error"]
    assert response.json() == {"success": False, "error": error}
    assert error.pop("trace_id")
    assert error == {
        "code": "AUTHENTICATION_REQUIRED",
        "message": "Authentication is required to access this resource.",
        "system_message": "Missing or invalid authentication",
        "type": "client_error",
        "status": 401,
        "details": {},
        "timestamp": "2025-11-02T08:21:45Z",
    }


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic demo-aitronos-token", "Bearer", ""])
async def test_a_wrong_token_is_refused(authorization: str) -> None:
    async with calling(Aitronos(1)) as caller:
        caller.client.headers["authorization"] = authorization
        assert (await caller.list()).status_code == 401


async def test_an_unknown_organization_is_not_found() -> None:
    async with calling(Aitronos(1)) as caller:
        response = await caller.client.get("/v1/organizations/org_other/knowledge/stores")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "RESOURCE_NOT_FOUND"


async def test_an_unknown_path_and_a_wrong_method_answer_in_the_envelope() -> None:
    async with calling(Aitronos(1)) as caller:
        lost = await caller.client.get("/v2/else")
        wrong = await caller.client.post(caller.path)
    assert (lost.status_code, lost.json()["error"]["status"]) == (404, 404)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["allow"]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 101}, {"limit": "ten"}, {"limit": ""}, {"skip": -1}, {"skip": "1.5"}]
)
@pytest.mark.parametrize("status", [400, 422])
async def test_a_parameter_out_of_range_is_refused(params: dict[str, Any], status: int) -> None:
    async with calling(Aitronos(1, refuse_status=status)) as caller:
        response = await caller.list(**params)
    assert response.status_code == status
    assert response.json()["error"]["details"].keys() == params.keys()


@pytest.mark.parametrize(("echo", "shown"), [("used", {"skip": 0, "limit": 10}), ("asked", {"skip": -5, "limit": 500})])
async def test_or_clamped_silently(echo: str, shown: dict[str, int]) -> None:
    async with calling(Aitronos(30, out_of_range="clamp", max_limit=10, echo=echo)) as caller:
        page = await caller.page(skip=-5, limit=500)
        assert (await caller.list(limit="ten")).status_code == 422
    assert len(page["items"]) == 10
    assert page.items() >= shown.items()


async def test_past_the_end_is_an_empty_page() -> None:
    async with calling(Aitronos(3)) as caller:
        page = await caller.page(skip=50)
    assert page == {"items": [], "total": 3, "skip": 50, "limit": 20, "has_more": False}


@pytest.mark.parametrize(
    ("total", "shown"),
    [
        ("right", {"total": 8}),
        ("too_high", {"total": 15}),
        ("too_low", {"total": 4}),
        ("null", {"total": None}),
        ("absent", {}),
    ],
)
async def test_ways_to_tell_the_total(total: str, shown: dict[str, Any]) -> None:
    async with calling(Aitronos(8, total=total)) as caller:
        page = await caller.page()
    assert {name: page[name] for name in page.keys() & {"total"}} == shown


@pytest.mark.parametrize(
    ("ways", "flags"),
    [
        ("right", [True, False, False]),
        ("when_full", [True, True, False]),
        ("always", [True, True, True]),
        ("never", [False, False, False]),
        ("null", [None, None, None]),
        ("absent", ["-", "-", "-"]),
    ],
)
async def test_ways_to_tell_the_end(ways: str, flags: list[Any]) -> None:
    async with calling(Aitronos(8, has_more=ways)) as caller:
        pages = [await caller.page(skip=skip, limit=4) for skip in (0, 4, 8)]
    assert [page.get("has_more", "-") for page in pages] == flags


async def test_stable_orders() -> None:
    upstream = Aitronos(30)
    corpus = list(upstream.corpus)
    newest = sorted(corpus, key=lambda item: item.created, reverse=True)
    oldest = sorted(corpus, key=lambda item: item.created)
    assert corpus not in (newest, oldest)
    async with calling(upstream) as caller:
        for order, expected in (("insertion", corpus), ("newest", newest), ("oldest", oldest)):
            upstream.options.order = order  # type: ignore[assignment]
            assert await walk(caller, 7) == [item.id for item in expected]


async def test_orders_that_change_from_call_to_call() -> None:
    upstream = Aitronos(40, same_time=10, order="shuffled_ties")
    async with calling(upstream) as caller:
        tied = [(await caller.page(limit=40))["items"] for _ in range(2)]
        upstream.options.order = "random"
        anyhow = [(await caller.page(limit=40))["items"] for _ in range(2)]
    assert ids(tied[0]) != ids(tied[1])
    assert [item["created_at"] for item in tied[0]] == [item["created_at"] for item in tied[1]]
    assert ids(anyhow[0]) != ids(anyhow[1])
    assert all(sorted(ids(page)) == sorted(upstream.corpus.ids()) for page in (*tied, *anyhow))


async def test_the_same_seed_gives_the_same_answers() -> None:
    texts = []
    for seed in (5, 5, 6):
        async with calling(Aitronos(40, seed=seed, order="random")) as caller:
            texts.append((await caller.list(limit=40)).text)
    assert texts[0] == texts[1] != texts[2]
