"""What the examples covered, and how much of each it must have been."""

from collections import Counter
from collections.abc import Mapping

from tests.laws.walk import ClientWalk
from tests.laws.world import Upstream
from tests.support.simulated import STYLES

MANY_PAGES = 3
#: for 20,000 examples
EXAMPLES = 20_000
FLOORS: Mapping[str, int] = {
    **{f"walks over style {style}": 1_000 for style in STYLES},
    "walks of three pages or more with a change before the position": 5_000,
    "failures that heal": 1_000,
    "configuration and key changes": 1_000,
    "pages that were asked for again": 2_000,
}


class Covered(Counter[str]):
    def walk(self, walk: ClientWalk, upstreams: Mapping[str, Upstream]) -> None:
        """One walk that has come to its end."""
        self["walks"] += 1
        for style in {upstreams[name].style for name in walk.present}:
            self[f"walks over style {style}"] += 1
        many = len(walk.visits) >= MANY_PAGES
        self["walks of three pages or more"] += many
        self["walks of three pages or more with a change before the position"] += many and walk.moved_behind
        self["walks over lists that stood still"] += not walk.changed
        for reason in filter(None, set(walk.lost.values())):
            self[f"walks that say {reason}"] += 1


COVERED = Covered()
#: each time that a law was found broken: one that is broken by chance may hold when the walk is tried again
BROKEN: list[str] = []
