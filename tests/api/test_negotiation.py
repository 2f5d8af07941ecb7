"""Methods and media types (RFC 9110, sections 9 and 12.5.1)."""

import pytest

from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, ask, request
from tests.api.serving import ACME, Served

PATHS = [PATH, "/healthz", "/readyz", "/openapi.json"]
JSON = "application/json"


@pytest.mark.parametrize(
    "accept",
    [
        *["", "*/*", "application/*", JSON, "Application/JSON", "APPLICATION/*"],
        *["text/html, */*;q=0.1", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
        *[
            f"{JSON};q=0.001",
            f"{JSON} ; q=1.000",
            f"{JSON};Q=0.5",
            f"{JSON};charset=utf-8",
            f"application/x-ndjson, {JSON}",
        ],
        *[f"*/*;q=0, {JSON}", f"application/*;q=0, {JSON};q=0.1", "text/*;q=0, */*"],
    ],
)
async def test_json_is_answered_where_it_is_accepted(served: Served, accept: str) -> None:
    answer = await served.get("limit=1", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)


@pytest.mark.parametrize(
    "accept",
    [
        *["application/x-ndjson", "text/html", "text/*", "application/problem+json", "application/json5", "json"],
        *[f"{JSON};q=0", f"{JSON};q=0.0", f"{JSON};q=0.000", "*/*;q=0", "application/*;q=0"],
        *[f"{JSON};q=0, */*", "application/*;q=0, */*", f"{JSON};q=0, application/*, */*", "text/html;q=1, */*;q=0"],
    ],
)
async def test_anything_else_is_not_acceptable(served: Served, accept: str) -> None:
    answer = await served.get("limit=1", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")
    assert answer.json() == {
        "type": "urn:knowledge-gateway:problem:not-acceptable",
        "title": "No acceptable media type",
        "status": 406,
        "detail": "This endpoint answers application/json. Accept that, or send no Accept header.",
    }
    assert not served.world.requests


async def test_without_accept_it_is_json(served: Served) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY))
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)


async def test_accept_may_stand_on_several_lines(served: Served) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, "Accept: text/html", f"Accept: {JSON}"))
    assert answer.status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"])
async def test_other_methods_are_not_allowed(served: Served, method: str, path: str) -> None:
    answer = await served.client.request(method, path, headers=ACME)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json() == {
        "type": "urn:knowledge-gateway:problem:method-not-allowed",
        "title": "The method is not allowed here",
        "status": 405,
        "detail": "Use GET, HEAD.",
    }


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_body_does_not_make_another_method_allowed(served: Served, method: str) -> None:
    answer = await served.client.request(method, PATH, headers=ACME, content=b"x" * 200_000)
    assert answer.status_code == 405
    assert (await served.get()).status_code == 200


@pytest.mark.parametrize("method", ["get", "Get", "FOO", "G"])
async def test_a_method_that_there_is_not_is_refused_by_the_server(served: Served, method: str) -> None:
    assert (await served.raw(request(PATH, ACME_KEY, method=method))).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "target", [f"{PATH}?limit=4", f"{PATH}?limit=0", "/healthz", "/readyz", "/openapi.json", "/no"]
)
async def test_head_has_the_headers_of_get_and_no_body(served: Served, target: str) -> None:
    plain = {"x-request-id": "one", "accept-encoding": "identity"}
    get = await served.client.get(target, headers=ACME | plain)
    head = await served.client.head(target, headers=ACME | plain)
    assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))
    assert int(head.headers["content-length"]) == len(get.content) > 0
    assert head.content == b""


async def test_after_head_the_connection_goes_on(served: Served) -> None:
    heads = request(PATH, ACME_KEY, method="HEAD") * 2 + request("/healthz", "Connection: close")
    assert (await served.raw(heads)).count(b"HTTP/1.1 200 OK\r\n") == 3
