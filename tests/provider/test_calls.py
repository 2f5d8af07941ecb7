"""What is sent: URLs and headers of the three built-in types."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.provider.page import PageToken
from tests.support.lists import altered, provider

DEX = "/v1/projects/proj_1/vector-stores?sort_by=created_at&sort_order=desc&page_size=100"


@pytest.mark.parametrize(
    ("type_", "token", "url"),
    [
        ("aitronos", None, "/v1/organizations/org_1/knowledge/stores?limit=100&skip=0"),
        ("aitronos", 99, "/v1/organizations/org_1/knowledge/stores?limit=100&skip=99"),
        ("b3os", None, "/v1/organizations/org_1/knowledge?limit=100&offset=0"),
        ("b3os", 198, "/v1/organizations/org_1/knowledge?limit=100&offset=198"),
        ("scale-dex", None, DEX),
        (
            "scale-dex",
            "eyJ=/+&?",
            f"{DEX}&continuation_token=eyJ%3D%2F%2B%26%3F",
        ),
    ],
)
def test_the_call_for_a_page(type_: str, token: PageToken | None, url: str) -> None:
    assert provider(type_).call(token).url == "https://upstream.test" + url


@pytest.mark.parametrize("token", ["a b", "ä€", "%41", "a+b", "a&sort_by=id", "\n\x00", "a;b", "'\""])
def test_a_token_arrives_as_it_was_handed_out(token: str) -> None:
    query = dict(parse_qsl(urlsplit(provider("scale-dex").call(token).url).query, strict_parsing=True))
    assert query["continuation_token"] == token


@pytest.mark.parametrize("value", ["%FF%FE", "%80%41", "a+b", "a%20b", "a%2Bb", "a%2bb", "", "!$'()*,;=:@/?~", "100%"])
def test_a_link_is_followed_to_the_letter(value: str) -> None:
    style = {"style": "link", "link": {"body": "next"}, "params": ["cursor"], "page_size": 10}
    linked = provider("b3os", spec=altered("b3os", pagination=style))
    body = b'{"items": [{"id": "a"}], "next": "/list?cursor=%s"}' % value.encode()
    page = linked.read(None, body, {}, fetched_at=0.0)
    assert linked.call(page.next).url.endswith(f"?cursor={value}")


@pytest.mark.parametrize(
    ("type_", "headers"),
    [
        ("aitronos", (("authorization", "Bearer SECRET-token"),)),
        ("b3os", (("authorization", "Bearer SECRET-token"),)),
        ("scale-dex", (("x-api-key", "SECRET-key"), ("x-selected-account-id", "SECRET-account"))),
    ],
)
def test_the_credential_travels_as_the_api_wants_it(type_: str, headers: Any) -> None:
    assert provider(type_).call(None).headers == headers


def test_headers_of_spec_and_configuration_are_sent_too() -> None:
    spec = altered("aitronos", headers={"x-version": "2"}, auth={"type": "none"})
    call = provider("aitronos", spec=spec, headers={"x-team": "search"}).call(None)
    assert call.headers == (("x-version", "2"), ("x-team", "search"))


def test_a_path_parameter_is_encoded_once_and_never_filled_in_again() -> None:
    spec = altered("aitronos", path="/{a}/{b}")
    made = provider("aitronos", spec=spec, params={"a": "{b} %", "b": "ä"})
    assert made.call(None).url == "https://upstream.test/%7Bb%7D%20%25/%C3%A4?limit=100&skip=0"


def test_a_base_url_may_have_a_path_and_a_slash_at_its_end() -> None:
    made = provider("b3os", base_url="https://upstream.test/eu/")
    assert made.call(None).url.startswith("https://upstream.test/eu/v1/organizations/org_1/")


def test_the_configured_page_size_is_asked_for() -> None:
    assert provider("aitronos", page_size=7).call(None).url.endswith("?limit=7&skip=0")


def test_fixed_parameters_of_the_spec_come_first() -> None:
    made = provider("aitronos", spec=altered("aitronos", query={"archived": "no & never"}))
    assert made.call(3).url.endswith("?archived=no%20%26%20never&limit=100&skip=3")


@pytest.mark.parametrize(("query", "sent"), [({}, "?"), ({"a": "b c"}, "?a=b%20c")])
def test_a_list_of_one_page_is_asked_for_by_fixed_parameters_alone(query: dict[str, str], sent: str) -> None:
    spec = altered("aitronos", query=query, pagination={"style": "single"})
    assert provider("aitronos", spec=spec).call(None).url.endswith(f"/knowledge/stores{sent}")
