"""The world of a walk: simulated lists, what is declared of them, and how each may change while it is walked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from gateway.provider.provider import Provider
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import ABSENT
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ENDS, end, spec

NAMES = ("ant", "bee", "cat")
LED = frozenset({"token", "link_body", "link_header"})
COUNTED = frozenset({"offset", "page"})
#: items of a list by which a place in it is found again
ANCHORS = 8


@dataclass
class Upstream:
    """One list and its declaration. ``promised``: its order and its tokens hold under change, so nothing is lost."""

    name: str
    style: Style
    listed: SimulatedList
    page_size: int
    pagination: dict[str, Any] = field(default_factory=dict)
    promised: bool = True

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"<{self.name}>")  # the script of a walk tells all of it

    def provider(self, *, edited: bool = False, credential: int = 0) -> Provider:
        """As a replica is configured with it; ``edited``: its tokens mean something else there."""
        return Provider(
            name=self.name,
            spec=spec(self.style, stable_order=self.promised, **self.pagination),
            base_url="https://other.test" if edited else "https://upstream.test",
            params={"list": self.name},
            credentials={},
            page_size=None if self.style == "single" else self.page_size,
            headers={"x-credential": str(credential)},
        )

    @property
    def fewest(self) -> int:
        """Items that a page brings at least, where there are so many."""
        if self.style == "single":
            return max(1, len(self.listed.rows))
        return 1 if self.listed.short else min(self.page_size, self.listed.clamp or self.page_size)

    @property
    def needs_due(self) -> bool:
        """Whether only what the page before said tells that a place is gone, and the list not at its end."""
        return self.style == "last_item" and self.listed.on_unknown == "empty" and self.fewest == 1


@st.composite
def upstreams(draw: st.DrawFn, name: str) -> Upstream:
    """Any list that keeps its word: whatever an honest API of its style may do."""
    style = draw(st.sampled_from(STYLES))
    rule = draw(st.sampled_from(ENDS[style])) if ENDS[style] else None
    listed = SimulatedList.of(style, stores(name[0], draw(st.sampled_from([0, 1, 2, 5]) | st.integers(6, 30))))
    made = Upstream(name, style, listed, draw(st.integers(1, 6)), {"end": end(rule)} if rule else {})
    _draw_sizes(draw, listed, rule)
    _draw_words(draw, listed, rule)
    if style in LED:
        _draw_tokens(draw, made)
    if style == "last_item":
        listed.on_unknown = draw(st.sampled_from(["error", "restart", "empty", "compare"]))
        if made.needs_due and (rule, listed.flag) != ("flag", "honest"):
            listed.on_unknown = "error"  # nothing would tell that answer from the end of the list
    if style in COUNTED:
        listed.beyond = draw(
            st.sampled_from(["empty", "empty", "error", *([] if listed.short or listed.flag == "full" else ["last"])])
        )
    return made


def _draw_sizes(draw: st.DrawFn, listed: SimulatedList, rule: str | None) -> None:
    if listed.style == "single":
        return
    if not (listed.style == "last_item" and rule == "short_page"):  # there a page that is short is the last
        listed.clamp = draw(st.sampled_from([None, None, None, 1, 2, 3]))
    one_size = rule == "short_page" or (
        listed.style == "page" and rule == "total"
    )  # the rule is about pages of one size
    if not one_size and draw(st.integers(0, 4)) == 0:
        seed = draw(st.integers(0, 99))
        listed.short = lambda number: Random(seed * 1000 + number).randrange(3)


def _draw_words(draw: st.DrawFn, listed: SimulatedList, rule: str | None) -> None:
    """What the list says of itself: the truth where a declared rule reads it, else anything."""
    if rule == "flag":
        listed.flag = draw(st.sampled_from(["honest", "honest", "absent", "null", "full"]))
        if listed.flag == "full" and (listed.clamp or listed.short or listed.style == "token"):
            listed.flag = "honest"
    else:
        listed.flag = draw(st.sampled_from(["honest", "absent", "always", "never"]))
    if rule in {"total", "short_page"}:
        listed.total = "honest"
    else:
        listed.total = draw(st.sampled_from(["honest", "honest", "absent", "low", "high", "text", "negative"]))
    if rule != "page_count":
        listed.pages = draw(st.sampled_from(["honest", "low", "zero"]))


def _draw_tokens(draw: st.DrawFn, made: Upstream) -> None:
    listed = made.listed
    listed.tokens = draw(st.sampled_from(["keyset", "keyset", "snapshot", "offset"]))
    listed.token_life = draw(st.sampled_from([None, None, None, 3, 6]))
    listed.single_use = draw(st.integers(0, 7)) == 0 and not listed.short  # else each look spoils the next
    listed.trailing = draw(st.booleans())
    listed.empties = draw(st.sampled_from([0, 0, 0, 1, 6]))
    listed.link = draw(st.sampled_from(["absolute", "relative", "other_host", "http_downgrade"]))
    listed.link_noise = listed.style != "token" and draw(st.booleans())
    listed.no_token = draw(st.sampled_from([None, "", ABSENT]))
    rule = made.pagination.get("end", {}).get("rule")
    if rule == "empty_page":
        listed.trailing, listed.empties = True, 0
    if rule == "flag" and (listed.trailing or listed.empties):
        listed.flag = "absent"
    made.promised = listed.tokens != "offset"


@dataclass(frozen=True)
class Declared:
    """A provider as a replica is configured with it; ``edited``: it is at another address there."""

    upstream: Upstream
    edited: bool = False
    credential: int = 0

    def provider(self) -> Provider:
        return self.upstream.provider(edited=self.edited, credential=self.credential)


@dataclass(frozen=True)
class Configuration:
    """What a replica runs with. ``keys``: numbers of cursor keys, the sealing one first; ``version``: the format."""

    providers: Mapping[str, Declared]
    keys: tuple[int, ...] = (0,)
    version: int = 2
