from pathlib import Path

import pytest

from gateway.provider import catalog
from gateway.provider.spec import TokenPagination
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
            _with("pagination: {style: pages}"), "4: pagination.style: should be one of 'offset', 'token'", id="style"
        ),
        pytest.param(
            _with("pagination: {style: token, token: t, limit: l, page_size: 10}"),
            "4: pagination: next is missing; add it under pagination",
            id="field of the style",
        ),
        pytest.param(
            _with("pagination: {style: token, token: t, limit: l, page_size: 10, next: n, offset: o}"),
            "4: pagination: unknown setting offset; known are limit, max_page_size, next, page_size, style, token",
            id="field of another style",
        ),
        pytest.param(
            _with("pagination: {style: offset, offset: o, limit: l, page_size: 10}"),
            "4: pagination: end is missing; add it under pagination",
            id="no end rule",
        ),
        pytest.param(
            _with("pagination: {style: offset, offset: o, limit: l, page_size: 10, end: {rule: short_page}}"),
            "4: pagination.end.rule: should be one of 'flag', 'empty_page'",
            id="end rule",
        ),
        pytest.param(
            _with(
                "pagination: {style: offset, offset: o, limit: l, page_size: 10, end: {rule: empty_page, has_more: x}}"
            ),
            "4: pagination.end: unknown setting has_more; known are rule",
            id="end rules that contradict",
        ),
        pytest.param(
            _with("pagination: {style: offset, offset: 5, limit: l, page_size: 10, end: {rule: empty_page}}"),
            "4: pagination.offset: should be text: put it in quotes",
            id="named as the style",
        ),
        pytest.param(
            _with("pagination: {style: token, token: t, limit: l, page_size: 0, next: n}"),
            "4: pagination.page_size: should be at least 1",
            id="page size",
        ),
        pytest.param(
            _with("pagination: {style: token, token: t, limit: l, page_size: 9, max_page_size: 5, next: n}"),
            "1: pagination.page_size is above max_page_size (5): lower it",
            id="over the maximum",
        ),
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
