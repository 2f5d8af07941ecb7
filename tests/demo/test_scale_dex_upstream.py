from datetime import datetime
from typing import Any

import pytest

from gateway.demo.credentials import SCALE_DEX_ACCOUNT, SCALE_DEX_PROJECT
from gateway.demo.scale_dex import ScaleDex

from .calling import Caller, calling, ids


async def walk(caller: Caller, **params: Any) -> list[str]:
    page = await caller.page(**params)
    found = ids(page["items"])
    while page.get("next_token"):
        page = await caller.page(**params, continuation_token=page["next_token"])
        found += ids(page["items"])
    return found


def newest_first(upstream: ScaleDex) -> list[str]:
    by_id = sorted(upstream.corpus, key=lambda item: item.id)
    return [item.id for item in sorted(by_id, key=lambda item: item.created, reverse=True)]


@pytest.mark.parametrize("page_size", [1, 7, 100])
@pytest.mark.parametrize("size", [0, 1, 14, 21])
async def test_a_walk_meets_every_store_once(size: int, page_size: int) -> None:
    upstream = ScaleDex(size)
    async with calling(upstream) as caller:
        found = await walk(caller, page_size=page_size, sort_by="created_at", sort_order="desc")
    assert found == newest_first(upstream)


@pytest.mark.parametrize("size", [100, 200, 201])
async def test_a_walk_over_exact_multiples_of_the_largest_page(size: int) -> None:
    upstream = ScaleDex(size)
    async with calling(upstream) as caller:
        assert await walk(caller, page_size=100) == newest_first(upstream)
    assert upstream.calls.total == -(-size // 100)


@pytest.mark.parametrize("token_after_full_page", [True, False])
async def test_a_full_last_page_may_lead_to_an_empty_one(token_after_full_page: bool) -> None:
    upstream = ScaleDex(14, token_after_full_page=token_after_full_page)
    async with calling(upstream) as caller:
        assert await walk(caller, page_size=7) == newest_first(upstream)
    assert [call.items for call in upstream.calls.recent] == [7, 7, 0][: 2 + token_after_full_page]


async def test_without_paging_parameters_the_answer_is_a_bare_list() -> None:
    upstream = ScaleDex(150)
    async with calling(upstream) as caller:
        everything = await caller.page()
        some = await caller.page(engine="sgp_vector_store")
    assert ids(everything) == newest_first(upstream)
    assert {item["engine"] for item in some} == {"sgp_vector_store"}


@pytest.mark.parametrize("params", [{"page_size": 5}, {"size": 5}, {"sort_by": "id"}, {"sort_order": "asc"}])
async def test_any_paging_parameter_asks_for_a_page(params: dict[str, Any]) -> None:
    async with calling(ScaleDex(9)) as caller:
        page = await caller.page(**params)
    assert page.keys() == {"items", "total_count", "next_token", "prev_token"}
    assert page["total_count"] == 9
    assert (page["next_token"] is None) == (len(page["items"]) == 9)


async def test_the_legacy_size() -> None:
    upstream = ScaleDex(1000)
    async with calling(upstream) as caller:
        assert await walk(caller, size=1000) == newest_first(upstream)
        assert len((await caller.page(sort_by="id"))["items"]) == 999  # the declared default of size
        assert len((await caller.page(size=1000, page_size=3))["items"]) == 3


async def test_fields_of_a_store() -> None:
    upstream = ScaleDex(40)
    async with calling(upstream) as caller:
        items = (await caller.page(page_size=40))["items"]
    fields = {"id", "project_id", "name", "engine", "created_at", "external_id"}
    assert all(item.keys() == fields for item in items)
    assert {item["project_id"] for item in items} == {SCALE_DEX_PROJECT}
    external = {item["engine"]: item for item in items if item["external_id"]}
    assert external["sgp_knowledge_base"]["external_id"] == external["sgp_knowledge_base"]["id"]
    named = external["sgp_vector_store"]
    assert named["external_id"] == f"{SCALE_DEX_ACCOUNT}::{named['name']}"


@pytest.mark.parametrize("sort_by", ["id", "created_at", "engine", "project_id"])
@pytest.mark.parametrize("sort_order", ["asc", "desc"])
@pytest.mark.parametrize("ties", ["id_asc", "id_desc"])
async def test_sorting(sort_by: str, sort_order: str, ties: str) -> None:
    upstream = ScaleDex(30, same_time=5, ties=ties)
    async with calling(upstream) as caller:
        everything = await caller.page(sort_by=sort_by, sort_order=sort_order)
        pages = await walk(caller, sort_by=sort_by, sort_order=sort_order, page_size=4)
    ties_in_order = sorted(everything["items"], key=lambda item: item["id"], reverse=ties == "id_desc")
    keys = {item["id"]: item[sort_by] for item in ties_in_order}
    if sort_by == "created_at":
        keys = {name: datetime.fromisoformat(text) for name, text in keys.items()}
    expected = sorted(ids(ties_in_order), key=keys.__getitem__, reverse=sort_order == "desc")
    assert ids(everything["items"]) == expected
    assert pages == expected


async def test_an_order_of_its_own_where_the_query_names_none() -> None:
    upstream = ScaleDex(30, order="insertion")
    async with calling(upstream) as caller:
        assert await walk(caller, page_size=7) == upstream.corpus.ids()
        upstream.options.order = "oldest"
        oldest = await walk(caller, page_size=7)
        upstream.options.order = "random"
        shuffles = [ids(await caller.page()) for _ in range(2)]
    times = {item.id: item.created for item in upstream.corpus}
    assert oldest == sorted(oldest, key=times.__getitem__)
    assert shuffles[0] != shuffles[1]


async def test_ties_in_no_fixed_order() -> None:
    upstream = ScaleDex(40, same_time=10, ties="shuffled")
    async with calling(upstream) as caller:
        pages = [(await caller.page(sort_by="created_at", page_size=40))["items"] for _ in range(2)]
    assert ids(pages[0]) != ids(pages[1])
    assert [item["created_at"] for item in pages[0]] == [item["created_at"] for item in pages[1]]


async def test_filters() -> None:
    upstream = ScaleDex(40)
    upstream.corpus.insert(name="Wiki", created_at="2030-01-01T00:00:00Z")
    upstream.corpus.insert(name="wiki", created_at="2030-01-02T00:00:00Z")
    upstream.corpus.insert(name="Wiki", created_at="2030-01-03T00:00:00Z")
    own = upstream.corpus.ids()
    async with calling(upstream) as caller:
        assert ids(await caller.page(name="Wiki")) == [own[42], own[40]]
        assert ids(await caller.page(ids=[own[3], own[41], "unknown"])) == [own[41], own[3]]
        assert ids(await caller.page(created_at_start="2030-01-02T01:00:00+01:00")) == [own[42], own[41]]
        bounds = {"created_at_start": "2030-01-01", "created_at_end": "2030-01-02T00:00:00"}
        assert ids(await caller.page(**bounds)) == [own[41], own[40]]
        upstream.options.end_included = False
        assert ids(await caller.page(**bounds)) == [own[40]]
        page = await caller.page(name="Wiki", page_size=1)
    assert page["total_count"] == 2


async def test_filters_and_paging_together() -> None:
    upstream = ScaleDex(60)
    wanted = [item.id for item in upstream.corpus if item.fields["engine"] == "sgp_vector_store"]
    async with calling(upstream) as caller:
        assert sorted(await walk(caller, engine="sgp_vector_store", page_size=7)) == sorted(wanted)


async def test_credentials() -> None:
    async with calling(ScaleDex(1)) as caller:
        caller.client.headers["x-selected-account-id"] = "acct_other"
        other_account = await caller.list()
        del caller.client.headers["x-selected-account-id"]
        no_account = await caller.list()
        caller.client.headers.update({"x-selected-account-id": SCALE_DEX_ACCOUNT, "x-api-key": "wrong"})
        wrong_key = await caller.list()
        del caller.client.headers["x-api-key"]
        no_key = await caller.list()
    answers = [other_account, no_account, wrong_key, no_key]
    assert [answer.status_code for answer in answers] == [403, 401, 403, 401]
    assert all(isinstance(answer.json()["detail"], str) for answer in answers)


async def test_an_unknown_project() -> None:
    async with calling(ScaleDex(1)) as caller:
        response = await caller.client.get("/v1/projects/proj_other/vector-stores")
    assert (response.status_code, response.json()) == (404, {"detail": "Project not found"})


@pytest.mark.parametrize(
    ("name", "text", "kind", "context"),
    [
        ("page_size", "0", "greater_than_equal", {"ge": 1}),
        ("page_size", "101", "less_than_equal", {"le": 100}),
        ("page_size", "many", "int_parsing", None),
        ("page_size", "", "int_parsing", None),
        ("size", "0", "greater_than_equal", {"ge": 1}),
        ("size", "1001", "less_than_equal", {"le": 1000}),
        ("sort_order", "up", "enum", {"expected": "'asc' or 'desc'"}),
        ("engine", "faiss", "enum", {"expected": "'sgp_knowledge_base' or 'sgp_vector_store'"}),
        ("created_at_start", "soon", "datetime_from_date_parsing", {"error": "input is too short"}),
        ("created_at_end", "2024-01-01T00:00:00 00:00", "datetime_from_date_parsing", ...),
        ("sort_by", "name", "value_error", None),
        ("continuation_token", "made-up", "value_error", None),
        ("continuation_token", "bWFkZS11cA==", "value_error", None),
        ("continuation_token", "", "value_error", None),
    ],
)
async def test_bad_parameters(name: str, text: str, kind: str, context: Any) -> None:
    async with calling(ScaleDex(1)) as caller:
        response = await caller.list(**{name: text})
    assert response.status_code == 422
    (detail,) = response.json()["detail"]
    assert (detail["loc"], detail["type"], detail["input"]) == (["query", name], kind, text)
    assert detail["msg"]
    assert context is ... or detail.get("ctx") == context


async def test_all_bad_parameters_are_told_at_once() -> None:
    async with calling(ScaleDex(1)) as caller:
        response = await caller.list(page_size=0, size="x", engine="faiss")
    assert [detail["loc"][1] for detail in response.json()["detail"]] == ["size", "page_size", "engine"]


async def test_an_unknown_sort_field_may_be_ignored() -> None:
    upstream = ScaleDex(9, unknown_sort="ignore")
    async with calling(upstream) as caller:
        assert await walk(caller, sort_by="name", page_size=4) == newest_first(upstream)


@pytest.mark.parametrize(("end_shown", "last"), [("null", {"next_token": None}), ("absent", {})])
async def test_ways_to_tell_the_end(end_shown: str, last: dict[str, None]) -> None:
    async with calling(ScaleDex(3, end_shown=end_shown)) as caller:
        page = await caller.page(page_size=5)
    assert {name: page[name] for name in page.keys() & {"next_token"}} == last


async def test_previous_tokens_lead_back() -> None:
    upstream = ScaleDex(20)
    async with calling(upstream) as caller:
        first = await caller.page(page_size=8)
        second = await caller.page(page_size=8, continuation_token=first["next_token"])
        third = await caller.page(page_size=8, continuation_token=second["next_token"])
        back = await caller.page(page_size=8, continuation_token=third["prev_token"])
        start = await caller.page(page_size=8, continuation_token=back["prev_token"])
    assert (first["prev_token"], third["next_token"]) == (None, None)
    assert back == second
    assert start == first


@pytest.mark.parametrize("sort_by", ["created_at", "id"])
async def test_tokens_stay_in_place_while_the_world_changes(sort_by: str) -> None:
    upstream = ScaleDex(30)
    ever = {"sort_by": sort_by, "page_size": 10}
    async with calling(upstream) as caller:
        expected = ids((await caller.page(sort_by=sort_by))["items"])
        page = await caller.page(**ever)
        delivered = ids(page["items"])
        upstream.corpus.delete(upstream.corpus.ids().index(delivered[-1]))  # the very item of the token
        upstream.corpus.delete(upstream.corpus.ids().index(delivered[0]))
        upstream.corpus.insert(0, id=" first", created_at="2000-01-01T00:00:00Z")
        while page["next_token"]:
            page = await caller.page(**ever, continuation_token=page["next_token"])
            delivered += ids(page["items"])
    assert delivered == expected


@pytest.mark.parametrize("ties", ["id_asc", "id_desc"])
async def test_a_token_of_a_deleted_item_among_ties(ties: str) -> None:
    upstream = ScaleDex(12, same_time=12, ties=ties)
    async with calling(upstream) as caller:
        expected = ids((await caller.page(sort_by="created_at"))["items"])
        page = await caller.page(sort_by="created_at", page_size=5)
        upstream.corpus.delete(upstream.corpus.ids().index(expected[4]))
        rest = await caller.page(sort_by="created_at", continuation_token=page["next_token"])
    assert ids(rest["items"]) == expected[5:]


async def test_insertion_order_survives_changes_too() -> None:
    upstream = ScaleDex(10, order="insertion")
    own = upstream.corpus.ids()
    async with calling(upstream) as caller:
        page = await caller.page(page_size=4)
        upstream.corpus.delete(3)
        upstream.corpus.insert(0)
        inserted = upstream.corpus.insert(5)
        rest = await caller.page(page_size=9, continuation_token=page["next_token"])
    assert ids(rest["items"]) == [own[4], inserted.id, *own[5:]]


async def test_a_token_is_of_one_sort() -> None:
    upstream = ScaleDex(10)
    async with calling(upstream) as caller:
        page = await caller.page(sort_by="id", sort_order="desc", page_size=4)
        token = page["next_token"]
        carried = await caller.page(page_size=4, continuation_token=token)
        other = await caller.list(sort_by="id", sort_order="asc", page_size=4, continuation_token=token)
        upstream.options.token_carries_sort = False
        forgotten = await caller.list(page_size=4, continuation_token=token)
    assert ids(carried["items"]) == sorted(upstream.corpus.ids(), reverse=True)[4:8]
    assert (other.status_code, forgotten.status_code) == (422, 422)


async def test_tokens_for_single_use() -> None:
    upstream = ScaleDex(10, tokens="single_use")
    async with calling(upstream) as caller:
        assert await walk(caller, page_size=3) == newest_first(upstream)
        assert await walk(caller, page_size=3) == newest_first(upstream)
        token = (await caller.page(page_size=3))["next_token"]
        answers = [await caller.list(page_size=3, continuation_token=token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 422]


async def test_tokens_that_expire() -> None:
    upstream = ScaleDex(10, token_ttl=60)
    now = 1000.0
    upstream.clock = lambda: now
    async with calling(upstream) as caller:
        token = (await caller.page(page_size=3))["next_token"]
        now = 1059.9
        fresh = await caller.list(page_size=3, continuation_token=token)
        now = 1060.0
        stale = await caller.list(page_size=3, continuation_token=token)
    assert (fresh.status_code, stale.status_code) == (200, 422)


async def test_all_tokens_can_be_expired_at_once() -> None:
    upstream = ScaleDex(10)
    async with calling(upstream) as caller:
        token = (await caller.page(page_size=3))["next_token"]
        upstream.options.token_ttl = 0
        assert (await caller.list(page_size=3, continuation_token=token)).status_code == 422


async def test_the_same_page_has_the_same_token() -> None:
    async with calling(ScaleDex(10)) as caller:
        assert await caller.page(page_size=3) == await caller.page(page_size=3)


@pytest.mark.parametrize(
    ("total", "shown"), [("right", [8]), ("too_high", [15]), ("too_low", [4]), ("null", [None]), ("absent", [])]
)
async def test_ways_to_tell_the_total(total: str, shown: list[int | None]) -> None:
    async with calling(ScaleDex(8, total=total)) as caller:
        page = await caller.page(page_size=4)
    assert [page[name] for name in page if name == "total_count"] == shown
