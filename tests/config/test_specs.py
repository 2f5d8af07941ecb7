from pathlib import Path

import pytest

from gateway.provider import catalog
from gateway.provider.pagination import TokenPagination
from tests.config.writing import COMMON, loaded, problems, written

CONFIG = (
    COMMON
    + """\
providers:
  own:
    type: ./providers/own.yaml
    base_url: http://localhost:8000
    params: {space: main}
    credentials: {key: secret}
anonymous: {providers: [own]}
"""
)
SPEC = """\
title: Own
path: /spaces/{space}
auth: {type: headers, headers: {x-key: key}}
pagination: {style: token, token: page, limit: size, page_size: 10, next: next}
response: {items: items}
item: {kind: thing, id: id}
"""
TRUTH = "true, false, yes, no, on and off are truth values in YAML: where the word itself is meant, put it in quotes"


def _with(line: str) -> str:
    """The spec with one line in place of that of the same name."""
    name = line.partition(":")[0]
    return "".join(f"{line}\n" if old.startswith(f"{name}:") else f"{old}\n" for old in SPEC.splitlines())


def test_a_spec_file_is_found_from_the_folder_of_the_config(tmp_path: Path) -> None:
    written(tmp_path, SPEC, "providers/own.yaml")
    config = loaded(tmp_path, CONFIG)
    assert config.anonymous
    provider = config.provider(config.anonymous, "own")
    assert provider
    assert provider.call(None).url == "http://localhost:8000/spaces/main?size=10"
    assert isinstance(config.providers["own"].spec.pagination, TokenPagination)


def test_a_spec_file_may_be_named_from_the_root(tmp_path: Path) -> None:
    path = written(tmp_path, SPEC, "elsewhere/own.yml")
    assert loaded(tmp_path, CONFIG.replace("./providers/own.yaml", str(path))).providers["own"].spec.title == "Own"


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        pytest.param(_with("path: /a?b"), "2: path: is not of the form that is needed here: ^/[^?#\\s]*$", id="path"),
        pytest.param(
            _with("path: '/{a-b}'"),
            "2: path: a placeholder is written {name}, with letters, digits and underscores",
            id="placeholder",
        ),
        pytest.param(
            _with("auth: {type: basic}"), "3: auth.type: should be one of 'bearer', 'headers', 'none'", id="auth"
        ),
        pytest.param(_with("auth: {}"), "3: auth: type is missing; add it under auth", id="no auth type"),
        pytest.param(
            _with("auth: {type: headers, headers: {Host: key}}"),
            "3: auth.headers.Host: this header belongs to the connection and cannot be set",
            id="auth header",
        ),
        pytest.param(
            SPEC + "headers: {cookie: x}\n",
            "7: headers.cookie: this header carries credentials: they belong under credentials",
            id="header",
        ),
        pytest.param(SPEC + "base_url: host\n", "7: base_url: begin with https:// or http://", id="base_url"),
        pytest.param(
            _with("response: {items: a..b}"),
            "5: response.items: is not of the form that is needed here: ^(\\$|[^.\\s$][^.\\s]*(\\.[^.\\s]+)*)$",
            id="dotted path",
        ),
        pytest.param(_with("response: {items: 5}"), "5: response.items: should be text: put it in quotes", id="union"),
        pytest.param(
            _with("response: {items: [ok, 5]}"),
            "5: response.items.1: should be text: put it in quotes",
            id="in a list of a union",
        ),
        pytest.param(
            _with("item: {kind: k, id: id, status: {pat: x, values: {a: b}, path: x}}"),
            "6: item.status: unknown setting pat; did you mean path?",
            id="in a mapping of a union",
        ),
        pytest.param(_with("item: {kind: no, id: id}"), f"6: item.kind: {TRUTH}", id="truth for text"),
        pytest.param(
            _with("item: {kind: k, id: id, status: {path: a, values: {x: no}}}"),
            f"6: item.status.values.x: {TRUTH}",
            id="truth in a mapping",
        ),
        pytest.param(
            _with("item: {kind: k, id: id, status: {path: a, values: {}}}"),
            "6: item.status.values: is too short: at least 1 must stand here",
            id="empty mapping",
        ),
        pytest.param(
            SPEC + "filters: {colour: {param: c}}\n",
            "7: filters: the name colour should be 'name', 'type', 'id', 'kind', 'status', "
            "'created_after' or 'created_before'",
            id="unknown filter",
        ),
        pytest.param(SPEC + "titel: x\n", "7: unknown setting titel; did you mean title?", id="unknown"),
        pytest.param("title: [\n", "2: not YAML: did not find expected node content", id="no YAML"),
        pytest.param(
            SPEC + "title: again\n", "7: title: stands here a second time; the first is on line 1", id="twice"
        ),
    ],
)
def test_a_mistake_in_a_spec_file_is_told_with_that_file_and_line(tmp_path: Path, spec: str, line: str) -> None:
    written(tmp_path, spec, "providers/own.yaml")
    assert problems(tmp_path, CONFIG) == [f"providers/own.yaml:{line}"]


SIZED = "limit: l, page_size: 10"
PAGINATIONS = [
    # style, what else stands there, and what is told
    ("pages", "", ".style: should be one of 'offset', 'page', 'token', 'last_item', 'link', 'single'"),
    ("offset", f"offset: o, {SIZED}", ": end is missing; add it under pagination"),
    ("page", f"page: p, {SIZED}", ": end is missing; add it under pagination"),
    ("last_item", f"after: a, key: k, {SIZED}", ": end is missing; add it under pagination"),
    ("token", f"token: t, {SIZED}", ": next is missing; add it under pagination"),
    ("last_item", f"after: a, {SIZED}, end: {{rule: empty_page}}", ": key is missing; add it under pagination"),
    ("link", f"params: [p], {SIZED}", ": link is missing; add it under pagination"),
    ("link", f"link: {{}}, {SIZED}", ": params is missing; add it under pagination"),
    (
        "offset",
        f"offset: o, {SIZED}, end: {{rule: page_count, pages: p}}",
        ".end.rule: should be one of 'flag', 'total', 'short_page', 'empty_page'",
    ),
    (
        "page",
        f"page: p, {SIZED}, end: {{rule: no_token}}",
        ".end.rule: should be one of 'flag', 'page_count', 'total', 'short_page', 'empty_page'",
    ),
    (
        "token",
        f"token: t, next: n, {SIZED}, end: {{rule: short_page}}",
        ".end.rule: should be one of 'no_token', 'flag', 'empty_page'",
    ),
    (
        "last_item",
        f"after: a, key: k, {SIZED}, end: {{rule: total, total: t}}",
        ".end.rule: should be one of 'flag', 'short_page', 'empty_page'",
    ),
    ("offset", f"offset: o, {SIZED}, end: {{rule: flag}}", ".end: has_more is missing; add it under end"),
    ("offset", f"offset: o, {SIZED}, end: {{rule: total}}", ".end: total is missing; add it under end"),
    ("page", f"page: p, {SIZED}, end: {{rule: page_count}}", ".end: pages is missing; add it under end"),
    ("page", f"page: p, {SIZED}, end: {{}}", ".end: rule is missing; add it under end"),
    ("page", f"page: p, {SIZED}, end: flag", ".end: should be a mapping: lines of the form name: value"),
    (
        "offset",
        f"offset: o, {SIZED}, end: {{rule: empty_page, has_more: x}}",
        ".end: unknown setting has_more; known are rule",
    ),
    (
        "token",
        f"token: t, next: n, {SIZED}, offset: o",
        (
            ": unknown setting offset; known are end, end_on_repeated_token, end_tokens, limit, max_page_size, next, "
            "page_size, single_use, style, token"
        ),
    ),
    (
        "page",
        f"page: p, {SIZED}, end: {{rule: empty_page}}, overlap: 1",
        ": unknown setting overlap; known are end, first, limit, max_page_size, page, page_size, reread, style",
    ),
    (
        "link",
        f"link: {{}}, params: [p], {SIZED}, end: {{rule: empty_page}}",
        ": unknown setting end; known are limit, link, max_page_size, page_size, params, single_use, style",
    ),
    ("single", "limit: l", ": unknown setting limit; known are page_size, style"),
    ("offset", f"offset: 5, {SIZED}, end: {{rule: empty_page}}", ".offset: should be text: put it in quotes"),
    ("page", f"page: 5, {SIZED}, end: {{rule: empty_page}}", ".page: should be text: put it in quotes"),
    ("token", f"token: 5, next: n, {SIZED}", ".token: should be text: put it in quotes"),
    ("token", "token: t, limit: l, next: n", ": page_size is missing; add it under pagination"),
    ("token", "token: t, limit: l, page_size: 0, next: n", ".page_size: should be at least 1"),
    ("token", "token: t, page_size: 10001, next: n", ".page_size: should be at most 10000"),
    ("token", f"token: t, {SIZED}, max_page_size: 0, next: n", ".max_page_size: should be at least 1"),
    ("token", f"token: t, {SIZED}, max_page_size: 5, next: n", ".page_size: is above max_page_size (5): lower it"),
    ("single", "page_size: 10001", ".page_size: should be at most 10000"),
    ("offset", f"offset: o, {SIZED}, end: {{rule: empty_page}}, overlap: 9", ".overlap: should be at most 8"),
    ("last_item", f"after: a, key: k, {SIZED}, end: {{rule: empty_page}}, overlap: 2", ".overlap: should be at most 1"),
    ("page", f"page: p, {SIZED}, end: {{rule: empty_page}}, first: 2", ".first: should be 0 or 1"),
    ("page", f"page: p, {SIZED}, end: {{rule: empty_page}}, first: true", f".first: {TRUTH}"),
    ("token", f"token: t, {SIZED}, next: 5", ".next: should be text: put it in quotes"),
    ("token", f"token: t, {SIZED}, next: {{}}", ".next: header is missing; add it under next"),
    ("token", f"token: t, {SIZED}, next: n, end_tokens: none", ".end_tokens: should be a list"),
    ("link", f"link: next, params: [p], {SIZED}", ".link: should be a mapping: lines of the form name: value"),
    ("link", f"link: {{bdy: next}}, params: [p], {SIZED}", ".link: unknown setting bdy; did you mean body?"),
    ("link", f"link: {{hader: x}}, params: [p], {SIZED}", ".link: unknown setting hader; did you mean header?"),
    ("link", f"link: {{header: x, rl: y}}, params: [p], {SIZED}", ".link: unknown setting rl; did you mean rel?"),
    ("link", f"link: {{body: x, rel: y}}, params: [p], {SIZED}", ".link: unknown setting rel; known are body"),
    ("link", f"link: {{rel: ''}}, params: [p], {SIZED}", ".link.rel: should have at least 1 character"),
    ("link", f"link: {{body: [a, 5]}}, params: [p], {SIZED}", ".link.body.1: should be text: put it in quotes"),
    ("link", f"link: {{}}, params: p, {SIZED}", ".params: should be a list"),
    ("link", f"link: {{}}, params: [], {SIZED}", ".params: is too short: at least 1 must stand here"),
    ("link", f"link: {{}}, params: {[*'abcdefghi']}, {SIZED}", ".params: is too long: at most 8 may stand here"),
]


@pytest.mark.parametrize(("style", "rest", "told"), PAGINATIONS)
def test_a_mistake_in_how_pages_follow_one_another_is_told_with_its_setting_and_remedy(
    tmp_path: Path, style: str, rest: str, told: str
) -> None:
    written(tmp_path, _with(f"pagination: {{style: {style}, {rest}}}"), "providers/own.yaml")
    assert problems(tmp_path, CONFIG) == [f"providers/own.yaml:4: pagination{told}"]


def test_what_a_mapping_says_of_one_of_its_settings_is_told_on_the_line_of_that_setting(tmp_path: Path) -> None:
    lines = "style: token\n  token: t\n  page_size: 9\n  max_page_size: 5\n  next: n"
    written(tmp_path, _with(f"pagination:\n  {lines}"), "providers/own.yaml")
    assert problems(tmp_path, CONFIG) == [
        "providers/own.yaml:7: pagination.page_size: is above max_page_size (5): lower it"
    ]


@pytest.mark.parametrize("page_size", [1, 5, 500, 501])
def test_a_list_that_comes_as_a_whole_is_asked_for_no_size(tmp_path: Path, page_size: int) -> None:
    written(tmp_path, _with("pagination: {style: single, page_size: 500}"), "providers/own.yaml")
    sized = CONFIG.replace("    params:", f"    page_size: {page_size}\n    params:")
    told = "this API gives all of its list at once and is asked for no size: remove it"
    assert problems(tmp_path, sized) == [f"gateway.yaml:6: providers.own.page_size: {told}"]


@pytest.mark.parametrize(
    "style", ["offset: o, style: offset", "page: p, style: page", "after: a, key: k, style: last_item"]
)
def test_a_page_size_above_what_the_api_states_is_told(tmp_path: Path, style: str) -> None:
    spec = _with(f"pagination: {{{style}, {SIZED}, max_page_size: 50, end: {{rule: empty_page}}}}")
    written(tmp_path, spec, "providers/own.yaml")
    assert problems(tmp_path, CONFIG.replace("    params:", "    page_size: 51\n    params:")) == [
        "gateway.yaml:6: providers.own.page_size: is more than this API gives at a time: at most 50"
    ]


def test_the_mistakes_of_a_spec_file_are_told_once_and_beside_those_of_the_config(tmp_path: Path) -> None:
    written(tmp_path, _with("response: {}"), "providers/own.yaml")
    twice = CONFIG.replace("  own:", "  other: {type: ./providers/own.yaml, attempts: 9}\n  own:")
    assert problems(tmp_path, twice) == [
        "gateway.yaml:3: providers.other.attempts: should be at most 5",
        "providers/own.yaml:5: response: items is missing; add it under response",
    ]


def test_a_spec_without_a_place_leaves_it_to_the_config(tmp_path: Path) -> None:
    written(tmp_path, SPEC, "providers/own.yaml")
    assert problems(tmp_path, CONFIG.replace("    base_url: http://localhost:8000\n", "")) == [
        "gateway.yaml:3: providers.own: base_url is missing; add it, for the type does not name one"
    ]


def test_a_spec_file_holds_no_references(tmp_path: Path) -> None:
    written(tmp_path, _with('title: "${NOPE}"'), "providers/own.yaml")
    assert loaded(tmp_path, CONFIG).providers["own"].spec.title == "${NOPE}"


@pytest.mark.parametrize("name", catalog.names())
def test_built_in_specs_are_read_once(name: str) -> None:
    assert catalog.spec(name) is catalog.spec(name)


def test_an_unknown_built_in_spec_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalog.spec("../aitronos")
