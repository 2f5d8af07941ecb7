"""Which paths there are, exactly; odd targets and hosts; the base path."""

import pytest

from gateway.api.options import ServerOptions
from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, GLOBEX_KEY, ask, request
from tests.api.serving import ACME, Served, serving, shown

ELSEWHERE = [
    *["/", "//", "/v1", "/v1/", "/v2/knowledge-stores", "/docs", "/favicon.ico", "/openapi.yaml"],
    *[f"{PATH}/", f"{PATH}/1", f"{PATH};x", f"{PATH};x=1", f"{PATH}.json", f"{PATH}%00", f"{PATH}%20", f"{PATH}."],
    *[f"{PATH}%0a", f"{PATH}%0D%0A", f"{PATH}%3Flimit=1", f"{PATH}%23", f"{PATH}%2f", f"{PATH}%252f"],
    *[f"/{PATH}", f"//{PATH}", f"/v1/..{PATH}", f"/.{PATH}", f"/v1/%2e%2e{PATH}", "/v1/%2e/knowledge-stores"],
    *[
        "/v1//knowledge-stores",
        "/v1/./knowledge-stores",
        "/V1/knowledge-stores",
        "/v1/Knowledge-Stores",
        "/v1\\knowledge-stores",
    ],
    *["/%ff", "/%c3%28", "/%F0%9F%92%A9", "/../../etc/passwd", "/healthz/", "/healthz%0a", "/readyz/x", "*"],
]


@pytest.mark.parametrize("target", ELSEWHERE)
async def test_there_is_nothing_elsewhere(served: Served, target: str) -> None:
    (answer,) = await ask(served, request(target, ACME_KEY))
    document = answer.json()
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (document["type"], document["status"]) == ("urn:knowledge-gateway:problem:not-found", 404)
    assert PATH in document["detail"]
    assert [event.route for event in await served.finished()] == ["other"]
    assert not served.world.requests


async def test_metrics_are_not_on_the_public_port(served: Served) -> None:
    assert (await served.client.get("/metrics", headers=ACME)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "DELETE"])
async def test_there_is_nothing_elsewhere_for_any_method(served: Served, method: str) -> None:
    assert (await served.client.request(method, "/elsewhere")).status_code == 404


async def test_what_is_not_there_is_the_same_with_and_without_a_key(served: Served) -> None:
    answers = await ask(served, *[request("/x", *key) for key in [[], [ACME_KEY], ["X-API-Key: wrong"]]])
    assert len({(answer.status, answer.body) for answer in answers}) == 1


@pytest.mark.parametrize(
    "target",
    [f"http://gateway{PATH}", f"http://evil.example{PATH}", f"https://gateway:8443{PATH}", f"http://u:p@h{PATH}"],
)
async def test_an_absolute_target_is_answered_by_its_path(served: Served, target: str) -> None:
    """RFC 9112, section 3.2.2."""
    with_key, without = await ask(served, request(f"{target}?limit=1", ACME_KEY), request(f"{target}?limit=1"))
    assert (with_key.status, without.status) == (200, 401)
    assert with_key.headers["link"].startswith(f"<{PATH}?")


@pytest.mark.parametrize("target", ["%2Fv1%2Fknowledge-stores", "?limit=1", "http://", "/ü", f"{PATH}?limit=ü", "a b"])
async def test_a_target_that_is_none_is_refused_by_the_server(served: Served, target: str) -> None:
    answer = await served.raw(request(target, ACME_KEY, "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not served.world.requests


@pytest.mark.parametrize("target", ["/v1/%6bnowledge-stores", "/v1%2Fknowledge-stores", "/%76%31/knowledge%2dstores"])
async def test_another_spelling_of_the_path_needs_a_key_as_well(served: Served, target: str) -> None:
    without, wrong = await ask(served, request(target), request(target, "X-API-Key: wrong"))
    assert (without.status, wrong.status) == (401, 401)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "gateway:99999", "a b", "gateway/v1", "gateway?x", "gateway#x", "[::1]", "h@x", "é"]
)
async def test_the_host_means_nothing(served: Served, host: str) -> None:
    (answer,) = await ask(served, request(f"{PATH}?limit=1", ACME_KEY, host=host))
    assert (answer.status, answer.headers["link"].partition("cursor")[0]) == (200, f"<{PATH}?")


async def test_the_base_path_may_be_there_or_not() -> None:
    async with serving(options=ServerOptions(port=0, base_path="/a/knowledge")) as served:
        bodies = {(await served.get("limit=1", path=prefix + PATH)).content for prefix in ("", "/a/knowledge")}
        assert len(bodies) == 1
        assert {event.route for event in await served.finished(2)} == {PATH}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
async def test_everything_is_below_the_base_path_too(path: str) -> None:
    async with serving(options=ServerOptions(port=0, base_path="/knowledge")) as served:
        assert {(await served.client.get(prefix + path)).status_code for prefix in ("", "/knowledge")} == {200}


@pytest.mark.parametrize(
    "prefix", ["/other", "/knowledge/knowledge", "/knowledgex", "/Knowledge", "//knowledge", "/knowledge/", "/k", "/"]
)
async def test_another_prefix_is_elsewhere(prefix: str) -> None:
    async with serving(options=ServerOptions(port=0, base_path="/knowledge")) as served:
        (answer,) = await ask(served, request(prefix + PATH, ACME_KEY))
    assert answer.status == 404


@pytest.mark.parametrize("path", ["/knowledge", "/knowledge/", "/knowledge/no"])
async def test_there_is_nothing_else_below_the_base_path(path: str) -> None:
    async with serving(options=ServerOptions(port=0, base_path="/knowledge")) as served:
        assert (await served.client.get(path, headers=ACME)).status_code == 404


async def test_without_a_base_path_there_is_no_prefix(served: Served) -> None:
    assert (await served.get(path=f"/knowledge{PATH}")).status_code == 404


async def test_health_is_answered_without_a_key(served: Served) -> None:
    answer = await served.client.get("/healthz")
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"status": "ok"}, "no-store")


async def test_readiness_is_what_the_process_says(served: Served) -> None:
    ready = await served.client.get("/readyz")
    served.readiness.ready = False
    unready = await served.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert (unready.status_code, unready.json()) == (503, {"status": "not ready"})
    assert {answer.headers["cache-control"] for answer in (ready, unready)} == {"no-store"}


@pytest.mark.parametrize("lines", [[GLOBEX_KEY], [ACME_KEY, "X-Tenant: globex", "X_Tenant_Id: globex"]], ids=shown)
async def test_the_tenant_is_that_of_the_key_alone(served: Served, lines: list[str]) -> None:
    (answer,) = await ask(served, request(PATH, *lines, "X-Tenant-Id: acme"))
    owner = "acme" if ACME_KEY in lines else "globex"
    assert answer.status == 200
    assert {asked.tenant for asked in served.world.requests} == {owner}
