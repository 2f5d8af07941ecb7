"""The query string: what is taken, and that every mistake names its parameter."""

from typing import Any

import httpx
import pytest

from gateway.api.options import ServerOptions
from gateway.api.params import KNOWN, UNSUPPORTED
from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, ask, request
from tests.api.serving import Served, serving, shown, stores
from tests.support.lists import UpstreamList

CONTRACT = [
    *["kind", "type", "name", "q", "id", "status", "sort"],
    *["created_after", "created_before", "updated_after", "updated_before"],
]


def problem(answer: httpx.Response, slug: str, parameter: str) -> Any:
    document = answer.json()
    assert (answer.status_code, document["type"]) == (400, f"urn:knowledge-gateway:problem:{slug}")
    assert document["parameter"] == parameter
    return document


@pytest.mark.parametrize("limit", ["1", "2", "14", "15", "99", "100"])
async def test_a_limit_is_exact(served: Served, limit: str) -> None:
    page = (await served.get({"limit": limit})).json()
    assert len(page["items"]) == min(int(limit), 15)


async def test_the_default_limit_is_twenty(served: Served) -> None:
    served.world.acme["aitronos"].rows += UpstreamList.of("aitronos", *stores("z", 30)).rows
    assert len((await served.get()).json()["items"]) == 20


@pytest.mark.parametrize(
    "limit",
    [
        *["0", "-1", "101", "1000", "100000000000000000000"],
        *["", "%20", "%205", "5%20", "+5", "%2B5", "5%00", "5%0a", "5\t"],
        *["1.5", "1.0", "1e3", "1e1", "0x10", "1_0", "5,5", "null", "NaN", "inf", "true", "[5]", "five"],
        *["%D9%A5", "%EF%BC%95", "%C2%B2", "5%CC%80", "%25%35"],
    ],
    ids=shown,
)
async def test_any_other_limit_is_refused(served: Served, limit: str) -> None:
    document = problem(await served.get(f"limit={limit}"), "invalid-parameter", "limit")
    assert document["detail"] == "limit must be a whole number from 1 to 100."
    assert not served.world.requests


@pytest.mark.parametrize("name", sorted(set(KNOWN) - {"provider"}))
@pytest.mark.parametrize("value", ["", "1", "raw"])
async def test_a_single_parameter_sent_twice_is_refused(served: Served, name: str, value: str) -> None:
    document = problem(await served.get(f"{name}={value}&{name}={value}"), "invalid-parameter", name)
    assert document["detail"] == f"{name} was sent more than once. Send it once."


@pytest.mark.parametrize(
    "name",
    [
        *[known.upper() for known in KNOWN],
        *[known.capitalize() for known in KNOWN],
        *["limits", "page", "offset", "api_key", "apikey", "access_token", "debug", "__proto__", "limit.", "-"],
    ],
)
async def test_an_unknown_parameter_is_refused_by_name(served: Served, name: str) -> None:
    document = problem(await served.get({name: "1"}), "invalid-parameter", name)
    assert all(known in document["detail"] for known in KNOWN)


@pytest.mark.parametrize(
    "name", ["limit[]", "limit ", "<script>", "ü", "a" * 41, "", "a\r\nb", "\x00", "%zz"], ids=shown
)
async def test_a_name_that_cannot_be_shown_is_not_repeated(served: Served, name: str) -> None:
    document = problem(await served.get({name: "1"}), "invalid-parameter", "query")
    assert not name or name not in document["detail"]


@pytest.mark.parametrize("value", ["SECRET", "%zz"])
@pytest.mark.parametrize("name", [*KNOWN, "unknown"])
async def test_a_value_is_never_repeated(served: Served, name: str, value: str) -> None:
    answer = await served.get({name: value})
    assert answer.status_code == 400
    assert value not in answer.text


def test_the_parameters_that_are_not_built_yet_are_those_of_the_contract() -> None:
    assert set(CONTRACT) == UNSUPPORTED


@pytest.mark.parametrize("name", CONTRACT)
async def test_a_parameter_that_is_not_built_yet_says_so(served: Served, name: str) -> None:
    problem(await served.get({name: "x"}), "unsupported-parameter", name)


async def test_a_repeated_parameter_that_is_not_built_yet_says_so_too(served: Served) -> None:
    problem(await served.get("id=1&id=2"), "unsupported-parameter", "id")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("provider=aitronos", ["aitronos"]),
        ("provider=aitronos,7up", ["7up", "aitronos"]),
        ("provider=aitronos%2C7up", ["7up", "aitronos"]),
        ("provider=aitronos&provider=7up", ["7up", "aitronos"]),
        ("provider=7up,aitronos&provider=aitronos&provider=7up", ["7up", "aitronos"]),
        ("", ["7up", "aitronos", "scale-dex"]),
    ],
    ids=shown,
)
async def test_only_the_named_providers_are_asked(served: Served, query: str, asked: list[str]) -> None:
    page = (await served.get(query)).json()
    assert [part["provider"] for part in page["providers"]] == asked
    assert {item["provider"] for item in page["items"]} == set(asked)
    assert sorted({request.provider.name for request in served.world.requests}) == asked


async def test_the_order_of_the_names_means_nothing(served: Served) -> None:
    spellings = ["provider=aitronos,7up", "provider=7up&provider=aitronos", "provider=7up,7up,aitronos"]
    bodies = {(await served.get(f"limit=2&{spelling}")).content for spelling in spellings}
    assert len(bodies) == 1


async def test_an_unknown_provider_and_a_foreign_one_are_the_same_to_a_client(served: Served) -> None:
    names = ["globex-only", "no-such", "7up,globex-only", "no-such,7up"]
    answers = [await served.get({"provider": name}) for name in names]
    problem(answers[0], "invalid-parameter", "provider")
    assert {answer.content for answer in answers} == {answers[0].content}
    assert "globex-only" not in answers[0].text
    assert not served.world.requests


@pytest.mark.parametrize(
    "name", ["", ",", "7up,", ",7up", "7up,,aitronos", "7UP", "7up ", " 7up", "*", "../x", "a" * 64], ids=shown
)
async def test_what_is_no_name_of_a_provider_is_refused(served: Served, name: str) -> None:
    problem(await served.get({"provider": name}), "invalid-parameter", "provider")


@pytest.mark.parametrize("name", ["strict", "include"])
@pytest.mark.parametrize("value", ["", "1", "yes", "True", "TRUE", " true", "raw,raw", "RAW", "on"])
async def test_a_word_that_is_none_is_refused(served: Served, name: str, value: str) -> None:
    problem(await served.get({name: value}), "invalid-parameter", name)


@pytest.mark.parametrize("value", ["true", "false"])
async def test_strict_is_true_or_false(served: Served, value: str) -> None:
    assert (await served.get({"strict": value})).status_code == 200


async def test_raw_objects_are_there_only_when_they_are_asked_for(served: Served) -> None:
    with_raw, without = (await served.get("include=raw")).json(), (await served.get()).json()
    raw = [item.pop("raw") for item in with_raw["items"]]
    assert raw[0] == {"id": "s0", "name": "s store 0"}
    assert with_raw == without


@pytest.mark.parametrize("seconds", ["0.1", "0.10", "1", "29.999999", "30", "30.0", "30.000000", "00030"])
async def test_a_timeout_bounds_the_waiting(served: Served, seconds: str) -> None:
    assert (await served.get({"timeout": seconds})).status_code == 200
    assert {deadline.remaining() for deadline in served.world.deadlines} == {float(seconds)}


async def test_without_a_timeout_the_server_has_its_own(served: Served) -> None:
    await served.get()
    assert {deadline.remaining() for deadline in served.world.deadlines} == {ServerOptions().deadline}


@pytest.mark.parametrize(
    "seconds",
    [
        *["0", "0.0", "0.09", "0.099999", "30.000001", "31", "100000", "9" * 400, "-1", ""],
        *["1e1", "nan", "inf", "Infinity", ".5", "5.", "5s", "500ms", "1,5", "1_0", "+5", "\u0665", "0.0000001"],
    ],
    ids=shown,
)
async def test_any_other_timeout_is_refused(served: Served, seconds: str) -> None:
    document = problem(await served.get({"timeout": seconds}), "invalid-parameter", "timeout")
    assert document["detail"] == "timeout must be a number of seconds from 0.1 to 30."


async def test_the_servers_maximum_bounds_the_timeout() -> None:
    async with serving(options=ServerOptions(port=0, max_timeout=2.5)) as served:
        assert (await served.get("timeout=2.5")).status_code == 200
        assert (await served.get("timeout=2.6")).json()["detail"].endswith("from 0.1 to 2.5.")


@pytest.mark.parametrize("query", ["", "&", "&&", "limit=20", "&limit=20&"])
async def test_empty_fields_are_none(served: Served, query: str) -> None:
    plain, spelled = await served.get(), await ask(served, request(f"{PATH}?{query}", ACME_KEY))
    assert spelled[0].body == plain.content


async def test_a_name_may_be_percent_encoded(served: Served) -> None:
    assert len((await served.get("l%69mit=2")).json()["items"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=%ff",
        "cursor=%c3%28",
        "provider=%80",
        "%ff=1",
        "&".join(["provider=7up"] * 200),
        "&".join(f"a{number}=1" for number in range(200)),
        "&" * 200,
    ],
    ids=["limit", "cursor", "provider", "name", "200 providers", "200 names", "200 empty"],
)
async def test_a_query_that_cannot_be_read_is_refused_as_a_whole(served: Served, query: str) -> None:
    (answer,) = await ask(served, request(f"{PATH}?{query}", ACME_KEY))
    assert (answer.status, answer.json()["parameter"]) == (400, "query")


@pytest.mark.parametrize(
    "query", ["limit=%", "limit=%1", "limit=%zz", "limit=2%", "limit=%u0035", "limit", "limit=2;strict=true"]
)
async def test_a_broken_percent_encoding_is_no_value(served: Served, query: str) -> None:
    (answer,) = await ask(served, request(f"{PATH}?{query}", ACME_KEY))
    assert (answer.status, answer.json()["parameter"]) == (400, "limit")


@pytest.mark.parametrize(
    ("header", "oldest"),
    [
        (None, None),
        ("no-cache", 0.0),
        ("NO-CACHE", 0.0),
        ("no-store", 0.0),
        ("max-age=0", 0.0),
        ("max-age=60", 60.0),
        ("Max-Age = 60", 60.0),
        ('max-age="60"', 60.0),
        ("max-stale=5, max-age=7", 7.0),
        ("max-age=7, no-cache", 0.0),
        ("only-if-cached", None),
        ("max-age", None),
        ("max-age=", None),
        ("max-age=-1", None),
        ("max-age=1.5", None),
        ("x-max-age=5", None),
        ("", None),
    ],
)
async def test_the_oldest_page_that_will_do_is_asked_for(
    served: Served, header: str | None, oldest: float | None
) -> None:
    headers = {"cache_control": header} if header is not None else {}
    assert (await served.get(**headers)).status_code == 200
    assert {request.max_age for request in served.world.requests} == {oldest}
