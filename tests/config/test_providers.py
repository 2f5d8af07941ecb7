from pathlib import Path

import pytest
import trustme

from gateway.provider import catalog
from tests.config.writing import COMMON, PROVIDER, TENANT, VALID, loaded, problems, with_entry

TRUTH = "true, false, yes, no, on and off are truth values in YAML: where the word itself is meant, put it in quotes"
URL = "providers.aitronos.base_url"
CONNECTION = "this header belongs to the connection and cannot be set"
SEGMENT = "must be one path segment: not empty, without slashes, '?', '#' or control characters"
CREDENTIALS = "this header carries credentials: they belong under credentials"


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        pytest.param("tiemout: 3s", "providers.aitronos: unknown setting tiemout; did you mean timeout?", id="unknown"),
        pytest.param("timeout: 121s", "providers.aitronos.timeout: should be at most 120", id="long timeout"),
        pytest.param("timeout: 0", "providers.aitronos.timeout: should be greater than 0", id="no timeout"),
        pytest.param(
            "connect_timeout: 4s",
            "providers.aitronos.connect_timeout: is longer than timeout, of which it is a part",
            id="connect over timeout",
        ),
        pytest.param("attempts: 0", "providers.aitronos.attempts: should be at least 1", id="attempts"),
        pytest.param("attempts: yes", f"providers.aitronos.attempts: {TRUTH}", id="truth for attempts"),
        pytest.param("enabled: maybe", "providers.aitronos.enabled: should be true or false", id="enabled"),
        pytest.param("page_size: 0", "providers.aitronos.page_size: should be at least 1", id="no page size"),
        pytest.param(
            "page_size: 101",
            "providers.aitronos.page_size: is more than this API gives at a time: at most 100",
            id="page size over the maximum",
        ),
        pytest.param(
            "cache: {fesh: 1s}", "providers.aitronos.cache: unknown setting fesh; did you mean fresh?", id="window"
        ),
        pytest.param(
            "cache: {url: redis://r}",
            "providers.aitronos.cache: unknown setting url; known are fresh, if_error, revalidate",
            id="no cache of its own",
        ),
        pytest.param(
            "tls: {ac: x}",
            "providers.aitronos.tls: unknown setting ac; known are ca, certificate, key",
            id="unknown in tls",
        ),
        pytest.param(
            "tls: {ca: nope.pem}", "providers.aitronos: tls.ca: not a readable PEM file of certificates", id="no file"
        ),
        pytest.param('tls: {ca: "a\\0b"}', "providers.aitronos: tls: names a file that cannot be", id="no path"),
        pytest.param(
            "tls: {key: k.pem}",
            "providers.aitronos.tls: certificate is missing; add it, for there is a key",
            id="key alone",
        ),
        pytest.param("proxy: https://p:1", "providers.aitronos.proxy: begin with http://", id="proxy scheme"),
        pytest.param(
            "proxy: http://u:CANARY@p:1",
            "providers.aitronos.proxy: a name or password before the host does not belong here: remove it",
            id="proxy password",
        ),
        pytest.param(
            "proxy: http://p:1/x",
            "providers.aitronos.proxy: a proxy has no path: write http://host:port",
            id="proxy path",
        ),
    ],
)
def test_a_mistake_in_an_entry_is_told(tmp_path: Path, entry: str, line: str) -> None:
    assert problems(tmp_path, with_entry(entry)) == [f"gateway.yaml:7: {line}"]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        pytest.param("api.example.com", "begin with https:// or http://", id="no scheme"),
        pytest.param("ftp://api.example.com", "begin with https:// or http://", id="scheme"),
        pytest.param("https://", "the host is missing, or is not one: write scheme://host", id="no host"),
        pytest.param("https://:443", "the host is missing, or is not one: write scheme://host", id="port alone"),
        pytest.param("https://a%2fb", "the host is missing, or is not one: write scheme://host", id="escaped host"),
        pytest.param(
            "https://me:CANARY@host", "a name or password before the host does not belong here: remove it", id="user"
        ),
        pytest.param(
            "https://host/a?k=CANARY", "a query or fragment does not belong here: end it before '?' or '#'", id="query"
        ),
        pytest.param(
            "https://host/?", "a query or fragment does not belong here: end it before '?' or '#'", id="empty query"
        ),
        pytest.param(
            "https://host#x", "a query or fragment does not belong here: end it before '?' or '#'", id="fragment"
        ),
        pytest.param("https://host:99999", "the port must be a number from 1 to 65535", id="port"),
        pytest.param("https://host:0", "the port must be a number from 1 to 65535", id="port zero"),
        pytest.param("https://host:x", "the port must be a number from 1 to 65535", id="port of letters"),
        pytest.param("https://[::1", "is not a URL: write scheme://host", id="bracket"),
        pytest.param("https://[::g]", "is not a URL: write scheme://host", id="no IPv6"),
        pytest.param(
            "https://host/a/../b",
            "its path holds empty or dotted parts, or characters that do not belong in one",
            id="dots",
        ),
        pytest.param(
            "https://host//b",
            "its path holds empty or dotted parts, or characters that do not belong in one",
            id="empty part",
        ),
        pytest.param("", "is empty, or holds spaces, backslashes or characters outside ASCII", id="empty"),
        pytest.param("https://ho st", "is empty, or holds spaces, backslashes or characters outside ASCII", id="space"),
        pytest.param(
            "https://host\\\\@evil",
            "is empty, or holds spaces, backslashes or characters outside ASCII",
            id="backslash",
        ),
        pytest.param(
            "https://bücher.example",
            "is empty, or holds spaces, backslashes or characters outside ASCII",
            id="outside ASCII",
        ),
        pytest.param(
            "https://host\\r\\nX: y",
            "is empty, or holds spaces, backslashes or characters outside ASCII",
            id="line break",
        ),
    ],
)
def test_a_base_url_that_will_not_do_is_refused_without_it(tmp_path: Path, url: str, text: str) -> None:
    assert problems(tmp_path, with_entry(f'base_url: "{url}"')) == [f"gateway.yaml:7: {URL}: {text}"]


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://API.Example.com/", "https://api.example.com"),
        ("HTTPS://api.example.com:443", "https://api.example.com"),
        ("http://host:80/v1/", "http://host/v1"),
        ("https://host:8443/v1", "https://host:8443/v1"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[0:0::1]:81", "http://[::1]:81"),
        ("http://my_host:81", "http://my_host:81"),
        ("http://10.0.0.1", "http://10.0.0.1"),
    ],
)
def test_a_base_url_has_one_spelling(tmp_path: Path, url: str, normal: str) -> None:
    config = loaded(tmp_path, with_entry(f'base_url: "{url}"'))
    assert config.providers["aitronos"].base_url == normal


@pytest.mark.parametrize(
    ("header", "text"),
    [
        pytest.param("Host: x", f".Host: {CONNECTION}", id="host"),
        pytest.param("content-length: x", f".content-length: {CONNECTION}", id="length"),
        pytest.param("Transfer-Encoding: x", f".Transfer-Encoding: {CONNECTION}", id="hop by hop"),
        pytest.param("Connection: x", f".Connection: {CONNECTION}", id="connection"),
        pytest.param("Authorization: CANARY", f".Authorization: {CREDENTIALS}", id="authorization"),
        pytest.param("cookie: CANARY", f".cookie: {CREDENTIALS}", id="cookie"),
        pytest.param(
            "a b: x", ": a name here is not one for a header: use letters, digits and hyphens, at most 64", id="name"
        ),
        pytest.param('X-A: "CANARY\\r\\nX: y"', ".X-A: holds a line break", id="injection"),
        pytest.param('X-A: ""', ".X-A: is empty", id="empty"),
        pytest.param("X-A: é", ".X-A: must be visible ASCII, without spaces at its ends", id="outside ASCII"),
        pytest.param(
            "X-A: x, x-a: y", ".x-a: this header is sent already, by the type or under another spelling", id="twice"
        ),
        pytest.param("X-A: no", f".X-A: {TRUTH}", id="truth"),
    ],
)
def test_a_header_that_must_not_be_sent_is_refused_without_its_value(tmp_path: Path, header: str, text: str) -> None:
    assert problems(tmp_path, with_entry(f"headers: {{{header}}}")) == [
        f"gateway.yaml:7: providers.aitronos.headers{text}"
    ]


def test_a_header_that_the_type_sends_is_refused(tmp_path: Path) -> None:
    entry = (
        "{type: scale-dex, params: {project_id: p}, credentials: {api_key: k, account_id: a}, headers: {X-API-Key: k}}"
    )
    text = f"{COMMON}providers:\n  aitronos: {entry}\n{TENANT}"
    assert problems(tmp_path, text) == [
        (
            "gateway.yaml:3: providers.aitronos.headers.X-API-Key: "
            "this header is sent already, by the type or under another spelling"
        )
    ]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        pytest.param("{}", "providers.a: type is missing; add it", id="no type"),
        pytest.param("", "providers.a: type is missing; add it", id="nothing"),
        pytest.param("aitronos", "providers.a: should be a mapping: lines of the form name: value", id="scalar"),
        pytest.param(
            "{type: aitronoss}", "providers.a.type: no such type aitronoss; did you mean aitronos?", id="typo"
        ),
        pytest.param(
            "{type: pine}", "providers.a.type: no such type; known are aitronos, b3os, scale-dex", id="unknown type"
        ),
        pytest.param(
            "{type: ./no.yaml}", "providers.a.type: the file ./no.yaml: there is no such file", id="no spec file"
        ),
        pytest.param("{type: ./.yaml}", "providers.a.type: the file ./.yaml: it is a directory", id="spec is a folder"),
        pytest.param(
            "{type: aitronos, params: {organization_id: o}, credentials: {}}",
            "providers.a.credentials: token is missing; add it under credentials",
            id="credential",
        ),
        pytest.param(
            "{type: aitronos, credentials: {token: t}}",
            "providers.a.params: organization_id is missing; add it under params",
            id="param",
        ),
        pytest.param(
            "{type: aitronos, params: {organization_id: a/b}, credentials: {token: t}}",
            f"providers.a.params.organization_id: {SEGMENT}",
            id="slash",
        ),
        pytest.param(
            '{type: aitronos, params: {organization_id: ".."}, credentials: {token: t}}',
            f"providers.a.params.organization_id: {SEGMENT}",
            id="dots",
        ),
        pytest.param(
            "{type: aitronos, params: {organization_id: 12}, credentials: {token: t}}",
            "providers.a.params.organization_id: should be text: put it in quotes",
            id="number",
        ),
        pytest.param(
            "{type: aitronos, params: 5, credentials: {token: t}}",
            "providers.a.params: should be a mapping: lines of the form name: value",
            id="no mapping",
        ),
        pytest.param(
            "{type: aitronos, params: {organization_id: o, extra: x}, credentials: {token: t}}",
            "providers.a.params: unknown param extra; known are organization_id",
            id="param too many",
        ),
        pytest.param(
            "{type: aitronos, params: {organization_id: o}, credentials: {token: t, toke: t}}",
            "providers.a.credentials: unknown credential toke; did you mean token?",
            id="credential too many",
        ),
    ],
)
def test_a_provider_is_given_what_its_type_needs(tmp_path: Path, entry: str, line: str) -> None:
    (tmp_path / ".yaml").mkdir()
    text = f"{COMMON}providers:\n  a: {entry}\nanonymous: {{providers: [a]}}\n"
    assert problems(tmp_path, text) == [f"gateway.yaml:3: {line}"]


@pytest.mark.parametrize("name", ["With Space", "Upper", "-a", "a_b", "é", "a" * 64, '""'])
def test_a_provider_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    text = f"{COMMON}providers:\n  {name}: {{type: b3os, params: {{organization_id: o}}, credentials: {{token: t}}}}\n"
    (line,) = problems(tmp_path, f"{text}anonymous: {{providers: [{name}]}}\n")
    assert line.startswith("gateway.yaml:3: providers: the name ")
    assert line.endswith("is not one for a provider: use a to z, 0 to 9 and hyphens, at most 63")


@pytest.mark.parametrize("providers", ["", "providers:\n", "providers: {}\n"])
def test_without_a_provider_there_is_nothing_to_serve(tmp_path: Path, providers: str) -> None:
    assert "gateway.yaml:1: providers is missing; add at least one" in [
        line.replace(":2:", ":1:") for line in problems(tmp_path, COMMON + providers + TENANT)
    ]


def test_a_short_timeout_bounds_connecting_too(tmp_path: Path) -> None:
    upstream = loaded(tmp_path, with_entry("timeout: 300ms")).upstreams()["aitronos"]
    assert (upstream.timeout, upstream.connect_timeout) == (0.3, 0.3)


def test_windows_go_over_the_common_ones_one_by_one(tmp_path: Path) -> None:
    text = "cache: {fresh: 5s, if_error: 1m}\n" + with_entry("cache: {if_error: 2m}")
    windows = loaded(tmp_path, text).windows()["aitronos"]
    assert (windows.fresh, windows.revalidate, windows.if_error) == (5.0, None, 120.0)


def test_what_is_left_out_is_what_the_type_says(tmp_path: Path) -> None:
    provider = loaded(tmp_path, VALID).providers["aitronos"]
    assert provider.spec is catalog.spec("aitronos")
    assert (provider.base_url, provider.page_size, provider.enabled) == ("https://api.aitronos.com", 100, True)


def test_page_size_and_headers_are_sent(tmp_path: Path) -> None:
    config = loaded(tmp_path, with_entry("page_size: 7\nheaders: {X-Team: red}"))
    provider = config.provider(config.tenants[0], "aitronos")
    assert provider
    call = provider.call(None)
    assert "limit=7" in call.url
    assert ("X-Team", "red") in call.headers


def test_tls_files_are_found_from_the_folder_of_the_config(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("me").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))
    upstream = loaded(tmp_path, with_entry("tls: {ca: ca.pem, certificate: me.pem}")).upstreams()["aitronos"]
    assert (upstream.tls.ca, upstream.tls.certificate) == (tmp_path / "ca.pem", tmp_path / "me.pem")


def test_a_provider_that_is_switched_off_is_checked_all_the_same(tmp_path: Path) -> None:
    text = COMMON + PROVIDER.replace("organization_id: org_1", "") + "    enabled: false\n" + TENANT
    assert problems(tmp_path, text) == [
        "gateway.yaml:5: providers.aitronos.params: organization_id is missing; add it under params"
    ]
