"""What one client saw of a walk, beside what happened to the lists meanwhile."""

from collections import Counter
from dataclasses import dataclass, field

from tests.laws.system import Answer

#: losses that are made up for: nothing is missing, and items may come again
REPEATED = {"drifted", "token_expired"}
#: the walk has ended without a page, and goes on after none
FAILED = {502, 504}
GOES_ON = {200, 503}


@dataclass(frozen=True)
class Visit:
    """An answered request. By then ``epoch`` things had happened to the world, and ``called`` calls were made to it."""

    cursor: str | None
    limit: int
    answer: Answer
    epoch: int
    called: int
    replica: int


@dataclass
class ClientWalk:
    """``present``: rank by id of what each provider has had since page one; ``deleted`` since then, too.

    ``troubles`` names what happened: an upstream failed, a list changed, a token died, a configuration changed.
    """

    number: int
    present: dict[str, dict[str, float]]
    ranks: dict[str, dict[str, float]]
    deleted: Counter[str] = field(default_factory=Counter)
    visits: list[Visit] = field(default_factory=list)
    cursor: str | None = None
    done: bool = False
    troubles: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    """Providers whose list changed."""
    edited: set[str] = field(default_factory=set)
    """Providers that were configured otherwise when the walk began."""
    moved_behind: bool = False
    """A list changed before the place where the walk stood."""

    def take(self, visit: Visit) -> None:
        """What a client makes of an answer."""
        self.visits.append(visit)
        answer = visit.answer
        if answer.status in GOES_ON:
            self.cursor = answer.next_cursor
        self.done = answer.status in FAILED or (answer.status == 200 and answer.next_cursor is None)

    @property
    def pages(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.answer.status == 200]

    @property
    def ids(self) -> list[str]:
        return [id_ for visit in self.pages for id_ in visit.answer.ids]

    def of(self, name: str) -> list[str]:
        """Native ids of one provider, in the order they came."""
        return [id_.partition(":")[2] for id_ in self.ids if id_.startswith(f"{name}:")]

    @property
    def lost(self) -> dict[str, str | None]:
        """By provider, as the last page says."""
        pages = self.pages
        return {name: one["lost"] for name, one in pages[-1].answer.reports.items()} if pages else {}

    @property
    def repeating(self) -> set[str]:
        """Providers of which some page has said that items may come again."""
        pages = (visit.answer.reports for visit in self.pages)
        return {name for reports in pages for name, one in reports.items() if one["lost"] in REPEATED}

    def note_insert(self, name: str, id_: str, rank: float) -> None:
        self._note_change(name, rank)
        self.ranks.get(name, {})[id_] = rank

    def note_delete(self, name: str, id_: str, rank: float) -> None:
        self._note_change(name, rank)
        if self.present.get(name, {}).pop(id_, None) is not None:
            self.deleted[name] += 1

    def _note_change(self, name: str, rank: float) -> None:
        if name in self.present:
            self.troubles.add("change")
            self.changed.add(name)
            came = self.of(name)
            self.moved_behind |= bool(came) and rank <= self.ranks[name][came[-1]]
