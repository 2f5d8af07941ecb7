"""The specs of simulated lists."""

from typing import Any

import pytest
import yaml

from gateway.provider.spec import ProviderSpec
from tests.support.simulated import STYLES, Style
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ENDS, end, ends, provider, spec, spec_text


@pytest.mark.parametrize("style", STYLES)
def test_the_text_of_a_spec_says_the_same(style: Style) -> None:
    assert ProviderSpec.model_validate(yaml.safe_load(spec_text(style))) == spec(style)


@pytest.mark.parametrize("style", [style for style in STYLES if ENDS[style]])
def test_every_rule_for_the_end_is_one_of_the_styles(style: Style) -> None:
    rules = [spec(style, end=end(rule)).model_dump()["pagination"]["end"]["rule"] for rule in ENDS[style]]
    assert rules == list(ENDS[style])


def test_a_style_with_an_end_of_its_own_has_nothing_to_change() -> None:
    assert [ends(style) for style in STYLES if not ENDS[style]] == [[{}], [{}], [{}]]


@pytest.mark.parametrize(("change", "asked"), [({"page_size": 7}, "limit=7&"), ({"limit": None}, "")])
def test_the_pagination_of_a_spec_can_be_changed(change: dict[str, Any], asked: str) -> None:
    assert provider("offset", **change).call(None).url.partition("?")[2] == f"{asked}offset=0"


def test_a_provider_asks_for_the_list_of_its_name() -> None:
    assert provider("single", "mine").call(None).url.startswith("https://upstream.test/v1/lists/mine/items")


def test_stores_are_mapped() -> None:
    (value,) = stores("x", 1)
    made = provider("offset", "mine").store(value)
    assert made is not None
    assert (made["id"], made["name"], made["created_at"]) == ("mine:x0", "Store 0", "2024-01-01T00:00:00Z")
