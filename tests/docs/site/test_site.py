"""The site as it was built: ``make docs`` builds it first."""

import re
from pathlib import Path

import pytest

from gateway.api.problems import PROBLEMS
from scripts.docs_source import DOCS, ROOT

SITE = ROOT / "build/docs"
BUILT = sorted(SITE.rglob("*.html"))
#: what a browser fetches by itself, unlike a link that a reader follows
LOADED = re.compile(r"""<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""")


def test_every_page_is_there() -> None:
    written = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}
    assert written <= {page.relative_to(SITE) for page in BUILT}


@pytest.mark.parametrize("page", BUILT, ids=lambda page: page.relative_to(SITE).as_posix())
def test_a_page_loads_nothing_from_elsewhere(page: Path) -> None:
    assert LOADED.findall(page.read_text()) == []


def test_styles_load_nothing_from_elsewhere() -> None:
    styles = list(SITE.rglob("*.css"))
    assert styles
    assert [
        style for style in styles if re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text())
    ] == []


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_problem_has_its_place(slug: str) -> None:
    assert f'id="{slug}"' in (SITE / "problems.html").read_text()
