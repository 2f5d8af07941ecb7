"""The specs that read simulated lists: one for each style, and every rule for the end that a style allows."""

from collections.abc import Mapping
from typing import Any

import yaml

from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from tests.support.simulated import Style

PATH = "/v1/lists/{list}/items"

_RULES: Mapping[str, dict[str, Any]] = {
    "flag": {"rule": "flag", "has_more": "has_more"},
    "total": {"rule": "total", "total": "total"},
    "page_count": {"rule": "page_count", "pages": "total_pages"},
    "short_page": {"rule": "short_page"},
    "empty_page": {"rule": "empty_page"},
    "no_token": {"rule": "no_token"},
}

#: the rules for the end by style; without one (links, a single page) a style has its own
ENDS: Mapping[Style, tuple[str, ...]] = {
    "offset": ("flag", "total", "short_page", "empty_page"),
    "page": ("flag", "page_count", "total", "short_page", "empty_page"),
    "token": ("no_token", "flag", "empty_page"),
    "last_item": ("flag", "short_page", "empty_page"),
    "link_body": (),
    "link_header": (),
    "single": (),
}

_SIZED = {"limit": "limit", "page_size": 10}
_PAGINATION: Mapping[Style, dict[str, Any]] = {
    "offset": {"style": "offset", "offset": "offset", **_SIZED, "end": _RULES["flag"]},
    "page": {"style": "page", "page": "page", **_SIZED, "end": _RULES["flag"]},
    "token": {"style": "token", "token": "token", "next": "next", **_SIZED, "end": _RULES["no_token"]},
    "last_item": {"style": "last_item", "after": "after", "key": "id", **_SIZED, "end": _RULES["flag"]},
    "link_body": {"style": "link", "link": {"body": "next"}, "params": ["cursor"], **_SIZED},
    "link_header": {"style": "link", "link": {"header": "Link"}, "params": ["cursor"], **_SIZED},
    "single": {"style": "single"},
}


def end(rule: str) -> dict[str, Any]:
    """A rule for the end as a spec writes it: ``spec("offset", end=end("total"))``."""
    return dict(_RULES[rule])


def ends(style: Style) -> list[dict[str, Any]]:
    """What to change about a style's pagination for each of its rules; nothing where the style has its own."""
    return [{"end": end(rule)} for rule in ENDS[style]] or [{}]


def declared(style: Style, *, total: bool = True, stable_order: bool = True, **pagination: Any) -> dict[str, Any]:
    """The spec as data; a change to None takes the key out of the pagination."""
    changed = {**_PAGINATION[style], **pagination}
    response = {"items": "$"} if style == "single" else {"items": "data"}
    return {
        "title": f"Simulated list, style {style}",
        "path": PATH,
        "auth": {"type": "none"},
        "pagination": {key: value for key, value in changed.items() if value is not None},
        "response": {**response, "total": "total"} if total and style != "single" else response,
        "stable_order": stable_order,
        "item": {"kind": "vector_store", "id": "id", "name": "name", "created_at": "created"},
    }


def spec(style: Style, **changes: Any) -> ProviderSpec:
    """``changes`` as for ``declared``."""
    return ProviderSpec.model_validate(declared(style, **changes))


def spec_text(style: Style, **changes: Any) -> str:
    """The same as YAML, for a file."""
    return yaml.safe_dump(declared(style, **changes), sort_keys=False)


def provider(
    style: Style,
    name: str = "simulated",
    *,
    base_url: str = "https://upstream.test",
    page_size: int | None = None,
    **changes: Any,
) -> Provider:
    """A provider of the list called ``name``."""
    return Provider(
        name=name,
        spec=spec(style, **changes),
        base_url=base_url,
        params={"list": name},
        credentials={},
        page_size=page_size,
    )
