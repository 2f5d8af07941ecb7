"""What is printed, and what never is."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from gateway.conformance.report import Report, as_json, as_text
from gateway.demo.scale_dex import ScaleDex
from gateway.provider import catalog
from gateway.provider.spec import ProviderSpec
from tests.support.simulated_links import LinkForm

from .apis import probed_api, rows
from .probing import GIVEN, built_in, changed, probed, probed_demo, simulated

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "items", "id", "next", "total", "has_more", "name", "created", "a.b"]), inner
        )
    ),
    max_leaves=12,
)
SPECS = [changed(style) for style in ("offset", "page", "token", "last_item", "link_body", "single")]


@given(st.lists(values, min_size=1, max_size=6), st.sampled_from(SPECS))
@settings(max_examples=60, deadline=None)
async def test_whatever_an_api_answers_there_is_a_report(answers: list[Any], spec: ProviderSpec) -> None:
    calls = iter(range(10**6))
    report = await probed_api(lambda _: answers[next(calls) % len(answers)], spec)
    assert as_text(report)
    assert json.loads(as_json(report))["holds"] is report.holds


async def _printed(report: Report) -> str:
    return as_text(report) + as_json(report)


@pytest.mark.parametrize("changes", [{}, {"next": "prev_token"}, {"token": "cursor"}, {"next": "total_count"}])
async def test_no_credential_and_no_token_is_printed(changes: dict[str, Any]) -> None:
    upstream = ScaleDex(250)
    report = await probed_demo(upstream, built_in("scale-dex", **changes))
    sent = [
        value for call in upstream.calls.recent for name, value in call.query if "token" in name or name == "cursor"
    ]
    printed = await _printed(report)
    assert not [secret for secret in (*GIVEN["scale-dex"][1].values(), *sent) if secret in printed and len(secret) > 4]


@pytest.mark.parametrize("form", ["absolute", "relative", "query"])
@pytest.mark.parametrize("params", [["cursor"], ["limit"]])
async def test_no_link_is_printed(form: LinkForm, params: list[str]) -> None:
    report = await probed(simulated("link_body", link=form), changed("link_body", params=params))
    printed = await _printed(report)
    assert "rank=" not in printed
    assert "cursor=" not in printed


async def test_of_what_an_item_holds_only_mapped_fields_are_printed_and_cut_short() -> None:
    report = await probed_api(lambda _: rows(3, name="n" * 99, secret="CANARY", metadata="CANARY"), changed("single"))
    assert "CANARY" not in await _printed(report)
    assert f"{'n' * 35}…" in as_text(report)
    assert "n" * 37 not in await _printed(report)


async def test_nothing_of_the_upstreams_moves_a_terminals_cursor() -> None:
    api = {"data\x1b[2J": [{"id": "a"}], "items": rows(2, name="\x1b[31mred\r\n", created="x")}

    def answer(query: Mapping[str, str]) -> Any:
        return api

    report = await probed_api(answer, changed("single", response={"items": ["items", "data"]}))
    assert not {"\x1b", "\r"} & set(await _printed(report))
    missing = await probed_api(lambda _: {"rows\x1b": [{"id": "a"}]}, changed("single"))
    assert "\x1b" not in await _printed(missing)


async def test_the_first_items_are_shown_as_they_are_mapped() -> None:
    report = await probed(simulated("offset"), changed("offset"))
    lines = as_text(report).splitlines()
    assert lines[0].split() == ["NATIVE_ID", "NAME", "CREATED_AT"]
    assert lines[1].split() == ["s0", "Store", "0", "2024-01-01T00:00:00Z"]
    assert lines[6] == ""


async def test_a_wrong_declaration_is_shown_with_what_was_seen_and_what_to_write() -> None:
    report = await probed(simulated("page", first_page=0), changed("page", first=1))
    assert """\
error    pagination.first: page 0 holds items that come before those of page 1
         declared  style: page, page: page, first: 1
         remedy    first: 0
""" in as_text(report)


async def test_the_last_line_sums_it_up() -> None:
    report = await probed_demo(ScaleDex(250))
    assert as_text(report).splitlines()[-1] == (
        "probed, style token: nothing is wrong. 11 calls made, 250 items seen on 3 pages."
    )


async def test_lines_are_short() -> None:
    report = await probed(simulated("token", ignore_position=True), changed("token"))
    assert max(map(len, as_text(report).splitlines())) <= 118


async def test_the_json_has_every_finding() -> None:
    report = await probed_demo(ScaleDex(250), built_in("scale-dex", next="next"))
    written = json.loads(as_json(report))
    assert (written["provider"], written["style"], written["holds"]) == ("probed", "token", False)
    assert (written["calls"], written["pages"], written["items_seen"]) == (report.calls, 1, 100)
    assert [finding["about"] for finding in written["findings"]] == [finding.about for finding in report.findings]
    assert written["findings"][-1].keys() == {"about", "level", "seen", "declared", "remedy"}
    assert written["items"][0]["kind"] == catalog.spec("scale-dex").item.kind
