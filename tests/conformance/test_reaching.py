"""What is said where there is no page to look at, or none any more."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from gateway.conformance.finding import Level
from gateway.conformance.probe import probe
from gateway.core.clock import SystemClock
from gateway.demo.aitronos import Aitronos
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.server import serve_upstreams
from gateway.provider import catalog
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import Drop, Fault, Hang

from .probing import GIVEN, access, built_in, changed, probed, probed_demo, simulated, told, wrong


def _meets(fault: Fault | Exception, *, at: int = 1, **switches: Any) -> SimulatedList:
    """A list whose k-th call, and every one behind it, meets a fault."""
    return simulated("offset", fault=lambda call: fault if call >= at else None, **switches)


def _once(fault: Fault, at: int) -> Callable[[int], Fault | None]:
    return lambda call: fault if call == at else None


async def test_a_refused_credential_is_said_with_the_header_it_went_in() -> None:
    upstream = Aitronos(5)
    upstream.tokens = {"another"}
    (finding,) = (await probed_demo(upstream)).findings
    assert (finding.level, finding.about) == ("error", "auth")
    assert finding.seen == "answered with status 401: the credential was refused"
    assert finding.declared == "auth: bearer, with the credential token"


async def test_a_credential_without_the_right_is_said() -> None:
    upstream = ScaleDex(5)
    upstream.accounts = {"another"}
    (finding,) = (await probed_demo(upstream)).findings
    assert finding.seen == "answered with status 403: the credential was refused"
    assert finding.declared == "auth: the headers x-api-key, x-selected-account-id"
    assert finding.remedy.startswith("the credential is known but may not read this list")


async def test_a_list_that_wants_no_credential_but_refuses_is_said() -> None:
    (finding,) = (await probed_demo(Aitronos(5), built_in("aitronos", spec={"auth": {"type": "none"}}))).findings
    assert finding.declared == "auth: none"


async def test_a_path_that_is_not_there_is_said_after_a_look_without_pages() -> None:
    report = await probed_demo(Aitronos(5), built_in("aitronos", spec={"path": "/v2/{organization_id}"}))
    (finding,) = report.findings
    assert finding.about == "reach"
    assert finding.declared == "path: /v2/{organization_id}"
    assert finding.remedy == "look at path and params; the call is refused without a word about pages too"


async def test_parameters_that_are_no_matter_of_pages_are_said() -> None:
    (finding,) = (await probed(simulated("offset"), changed("offset", spec={"query": {"view": "full"}}))).findings
    assert finding.about == "reach"
    assert finding.remedy.startswith("look at query, sort, headers and params")


async def test_an_upstream_that_takes_no_name_for_the_size_is_said() -> None:
    def answer(query: Mapping[str, str]) -> Fault | None:
        return Fault(400) if query else None

    upstream = simulated("token")
    upstream.fault = lambda _: answer(dict(upstream.asked[-1]))
    (finding,) = (await probed(upstream, changed("token"))).findings
    assert finding.about == "pagination"
    assert finding.seen == "answered with status 400, and the list came where nothing was said about pages"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    (finding,) = (
        await probed(_meets(Fault(status, {"location": "https://elsewhere.test/"})), changed("offset"))
    ).findings
    assert finding.seen == f"answered with status {status}: a redirect"
    assert finding.remedy.startswith("write the address that it leads to")


@pytest.mark.parametrize("body", [b"<!doctype html>", b"", b"{"])
async def test_what_is_not_json_is_said(body: bytes) -> None:
    (finding,) = (await probed(_meets(Fault(200, {}, body)), changed("offset"))).findings
    assert finding.seen == "the answer is not JSON"
    assert finding.remedy == "look at base_url and path: this is not the list API"


@pytest.mark.parametrize("value", [{}, {"data": {}}, {"data": [1, 2]}, 7, None, [1]])
async def test_json_without_a_list_of_objects_is_said(value: Any) -> None:
    (finding,) = (await probed(_meets(Fault(200, {}, orjson.dumps(value))), changed("offset"))).findings
    assert (finding.about, finding.seen) == ("response.items", "the answer holds no list of objects at all")


async def test_an_upstream_that_is_not_there_is_said() -> None:
    params, secrets = GIVEN["aitronos"]
    async with serve_upstreams(Aitronos(5)) as (served,):
        await served.stop()
        given = access(catalog.spec("aitronos"), served.url, params=params, credentials=secrets)
        report = await probe(given, pages=20, clock=SystemClock())
    assert [finding.seen for finding in report.findings] == ["no connection could be opened"]
    assert report.calls == 1


async def test_an_upstream_that_does_not_answer_is_said() -> None:
    (finding,) = (await probed(_meets(Hang()), changed("offset"))).findings
    assert finding.remedy == "set a longer timeout for the provider, or a smaller page_size"


async def test_an_upstream_that_wants_to_be_left_alone_is() -> None:
    upstream = _meets(Fault(429, {"retry-after": "30"}), at=4)
    report = await probed(upstream, changed("offset"))
    assert upstream.calls == 4
    (finding,) = wrong(report)
    assert finding.seen == "answered with status 429, and asked to wait 30 s"
    assert [one.about for one in report.findings if one.level is Level.OK] == [
        "reach", "response.items", "item.id", "item",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("at", [1, 2, 3, 5, 8, 11])
async def test_after_a_failure_there_are_few_calls(status: int, at: int) -> None:
    upstream = _meets(Fault(status), at=at)
    report = await probed(upstream, changed("offset"))
    assert not report.holds
    assert upstream.calls <= at + 3


@pytest.mark.parametrize("fault", [Fault(404), Fault(200, {}, b"<"), Fault(200, {}, b'{"data": []}'), Fault(500)])
@pytest.mark.parametrize("style", STYLES)
async def test_whatever_an_upstream_does_a_probe_ends_in_a_report(style: Style, fault: Fault) -> None:
    for at in range(1, 20):
        upstream = simulated(style, fault=_once(fault, at))
        report = await probed(upstream, changed(style))
        assert report.findings
        assert upstream.calls < 60


async def test_the_empty_list_at_another_place_is_found() -> None:
    assert told(await probed(simulated("offset", 0), changed("offset", response={"items": "rows"}))) == [
        "error response.items: items: data"
    ]


@pytest.mark.parametrize("fault", [Hang(), Drop(), Fault(429)])
async def test_a_search_for_another_name_ends_where_the_upstream_does(fault: Fault | Exception) -> None:
    upstream = simulated("token", fault=lambda call: fault if call >= 10 else None, accepts=("bogus",))
    report = await probed(upstream, changed("token", token="bogus"))
    assert upstream.calls == 10
    assert wrong(report)[-1].about == "reach"
