import ast

from .tree import modules, nodes, place

MAX_FILE = 350
MAX_FUNCTION = 50
DRAWERS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
MARKERS = {"skip", "skipif", "xfail", "importorskip"}


def test_there_is_something_to_look_at() -> None:
    assert len(modules("gateway")) > 10
    assert len(modules("tests")) > 10


def test_files_are_short() -> None:
    long = [place(path) for path in modules() if len(path.read_text().splitlines()) >= MAX_FILE]
    assert long == []


def test_functions_are_short() -> None:
    long = [
        f"{place(path, node)} {node.name}"
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


def test_no_module_is_a_drawer() -> None:
    drawers = [place(path) for path in modules() if DRAWERS & {path.stem, path.parent.name}]
    assert drawers == []


def test_no_test_sleeps() -> None:
    """``sleep(0)`` waits for nothing: it lets other tasks have their turn."""
    sleeping = [
        place(path, node)
        for path in modules("tests")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "sleep"
        and [ast.unparse(argument) for argument in node.args] != ["0"]
    ]
    assert sleeping == []


def test_no_test_mocks() -> None:
    mocking = [
        place(path, node)
        for path in modules("tests")
        for node in nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node)
    ]
    assert mocking == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marked = [
        place(path, node)
        for path in modules("tests")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in MARKERS and ast.unparse(node).startswith("pytest.")
    ]
    assert marked == []
