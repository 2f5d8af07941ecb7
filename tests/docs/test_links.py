"""Where the pages lead."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scripts.docs_source import DOCS, LINK, ROOT, is_local, linked, rewritten, write
from scripts.reference import RULES

from . import pages

NAVIGATION = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
#: public addresses that readers are sent to
PUBLIC = {
    "docs.locust.io",
    "github.com",
    "keepachangelog.com",
    "opentelemetry.io",
    "semver.org",
    "www.rfc-editor.org",
    "www.w3.org",
}
#: what stands for an address of the reader's own
EXAMPLES = {"127.0.0.1", "localhost", "host", "…"}


def listed(navigation: Any) -> Iterator[str]:
    match navigation:
        case str():
            yield navigation
        case list():
            for entry in navigation:
                yield from listed(entry)
        case dict():
            yield from listed(list(navigation.values()))


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_links_lead_to_files_and_to_headings_in_them(page: Path) -> None:
    files = linked(page)
    assert [target for target, file in files.items() if not file.is_file()] == []
    for found in LINK.finditer(page.read_text()):
        anchor = (found[2] or "").removeprefix("#")
        if anchor and (not found[1] or is_local(found[1])):
            assert anchor in pages.anchors(files.get(found[1], page)), found[0]


def test_the_navigation_has_every_page_once() -> None:
    written = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    assert sorted(one for one in listed(NAVIGATION) if not one.startswith("repository/")) == written


def test_alerts_lead_to_their_runbook_entries() -> None:
    for page, anchor in re.findall(r"runbook_url: (\S+)#(\S+)", RULES.read_text()):
        assert anchor in pages.anchors(ROOT / page)


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_addresses_are_public_pages_or_examples(page: Path) -> None:
    named = re.findall(r"[a-z]+://[^\s`'\"<>)|,]+", page.read_text())
    hosts = {host for address in named if (host := urlsplit(address.replace(":port", "")).hostname)}
    strange = {host for host in hosts - PUBLIC - EXAMPLES if not host.endswith("example.com")}
    assert strange == set()


def test_the_site_takes_along_what_its_pages_link_to(tmp_path: Path) -> None:
    write(tmp_path)
    for page in tmp_path.rglob("*.md"):
        assert [target for target, file in linked(page).items() if not file.is_file()] == []
    assert not any(file.is_symlink() for file in tmp_path.rglob("*"))


def test_links_within_the_docs_stay_as_they_are() -> None:
    assert rewritten(DOCS / "walks.md") == (DOCS / "walks.md").read_text()
