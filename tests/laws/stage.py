"""The stage of the laws: two replicas, their lists and their clients, what happens to them, and what must hold then.

A broken law is printed as a script of requests, shrunk to what is needed (``script``).
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial

from hypothesis import note, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.laws import laws
from tests.laws.coverage import BROKEN, COVERED
from tests.laws.operators import Operators
from tests.laws.script import Script
from tests.laws.system import Answer, Caching, EngineSystem, System
from tests.laws.walk import ClientWalk, Visit
from tests.laws.world import NAMES, Configuration, Upstream, upstreams
from tests.support.simulated import SimulatedList

#: answers that a walk may take to its end once nothing happens any more
PATIENCE = 400

SystemOf = Callable[[dict[str, SimulatedList], Configuration, Caching], System]


class Stage(RuleBasedStateMachine):
    """``walks`` are those of the clients. The world is drawn when it begins, and every walk is taken to its end."""

    system_of: SystemOf = EngineSystem

    def __init__(self) -> None:
        super().__init__()
        self.script = Script()
        self.broken = False
        self.walks: list[ClientWalk] = []
        self.begun = 0
        self.epoch, self.called, self.serial = 0, 0, 0
        self.failing: set[str] = set()
        self.operators = Operators()

    @initialize(world=st.data(), caching=st.sampled_from(["off", "own", "shared"]), heals=st.sampled_from([1, 1, 0]))
    def begin(self, world: st.DataObject, caching: Caching, heals: int) -> None:
        self.heals = heals
        names = NAMES[: world.draw(st.integers(1, 3))]
        self.upstreams: dict[str, Upstream] = {name: world.draw(upstreams(name)) for name in names}
        if len(names) > 1 and world.draw(st.booleans()):  # the last one is added later
            self.operators.away = {f"{names[-1]}/0", f"{names[-1]}/1"}
        lists = {one.name: one.listed for one in self.upstreams.values()}
        self.system = type(self).system_of(lists, self.operators.configuration(0, self.upstreams), caching)
        self.caching = caching
        self.script.begin(self.upstreams, caching)
        self._forget()
        self._begin_walk()

    def teardown(self) -> None:
        if hasattr(self, "system"):
            try:
                if not self.broken:
                    self._drain()
            finally:
                self.system.close()

    def _forget(self) -> None:
        """Nothing is cached: what happened so far concerns no walk that begins from now on."""
        ranks = {name: {row.id: row.rank for row in one.listed.rows} for name, one in self.upstreams.items()}
        self.cached = ClientWalk(0, deepcopy(ranks), ranks)

    def _begin_walk(self) -> None:
        """The promise of a walk counts from the oldest cached page that it may use."""
        self.begun += 1
        if self.caching == "off":
            self._forget()
        walk = replace(deepcopy(self.cached), number=self.begun)
        if self.failing:
            walk.troubles.add("failure")
        if any(one.listed.token_life is not None or one.listed.single_use for one in self.upstreams.values()):
            walk.troubles.add("tokens")
        if self.operators.away or self.operators.edited:
            walk.troubles.add("configuration")
        self.walks = [*[one for one in self.walks if not one.done][-1:], walk]

    def _next(self, walk: ClientWalk, limit: int, replica: int) -> None:
        if walk.cursor is None and not walk.visits:
            self.operators.begin(walk, replica)
        answer = self._ask(replica, walk.cursor, limit, f"asks for page {len(walk.visits) + 1} of walk {walk.number}")
        walk.take(Visit(walk.cursor, limit, answer, self.epoch, self.called, replica))
        elsewhere, attempts = self.operators.elsewhere(walk, replica), self.system.attempts
        self._hold(lambda: laws.check_answer(walk, self.upstreams, elsewhere, attempts=attempts))
        if walk.done:
            COVERED.walk(walk, self.upstreams)

    def _go_on(self, limit: int, replica: int) -> None:
        """With the first walk that is not at its end."""
        for walk in [walk for walk in self.walks if not walk.done][:1]:
            self._next(walk, limit, replica)

    def _replay(self, walk: ClientWalk, at: float, replica: int) -> None:
        """One of the pages since which nothing has happened: the same comes."""
        pages = [one for one in walk.pages if one.epoch == self.epoch]
        if not pages or {"failure", "tokens"} & walk.troubles:
            return
        visit = pages[int(at * len(pages))]
        index, here = walk.visits.index(visit), replica == visit.replica
        configured = here or not ("configuration" in walk.troubles or self.operators.away)
        called = visit.called != self.called or any(visit.answer.calls.values())  # which may have renewed what is kept
        kept = here and not (called or visit.answer.renewed)
        held = kept or self.caching == "off" or not walk.changed  # else there may be older pages, or newer ones
        if configured and held:
            answer = self._ask(replica, visit.cursor, visit.limit, f"replays page {index + 1} of walk {walk.number}")
            alike = here or self.operators.alike
            self._hold(lambda: laws.check_replay(walk, index, answer, self.upstreams, alike=alike))
            COVERED["pages that were asked for again"] += 1

    def _ask(self, replica: int, cursor: str | None, limit: int, why: str, *, tenant: str = "acme") -> Answer:
        answer = self.system.page(replica, cursor, limit, tenant=tenant)
        self.called += sum(answer.calls.values())
        self.script.request(replica, cursor, limit, answer, why)
        return answer

    def _hold(self, check: Callable[[], None]) -> None:
        try:
            check()
        except laws.LawBroken as broken:
            self.broken = True
            BROKEN.append(f"{broken}\n{self.script}")
            note(str(self.script))
            raise

    def _happened(self, what: str) -> None:
        self.epoch += 1
        self.script.event(what)

    def _trouble(self, kind: str) -> None:
        for walk in self.walks:
            if not walk.done:
                walk.troubles.add(kind)

    def _reconfigured(self, what: str) -> None:
        self._configured(what, "configuration")

    def _configured(self, what: str, kind: str) -> None:
        for replica in (0, 1):
            self.system.configure(replica, self.operators.configuration(replica, self.upstreams))
        self._trouble(kind)
        COVERED["configuration and key changes"] += any(not walk.done and walk.visits for walk in self.walks)
        self._happened(what)

    def _drain(self) -> None:
        """Every walk is taken to its end; before that everything comes right again, or nothing does."""
        if self.heals:
            self._heal()
            self._restore()
        for walk in self.walks:
            for answers in range(PATIENCE + 2):
                if walk.done:
                    break
                self._hold(partial(laws.check_length, walk, answers, PATIENCE))
                self._next(walk, 5, answers % 2)

    def _heal(self) -> None:
        if self.failing:
            for name in self.failing:
                self.upstreams[name].listed.fault = lambda _: None
            COVERED["failures that heal"] += any(not walk.done and walk.visits for walk in self.walks)
            self._happened(f"{', '.join(sorted(self.failing))} fail no more")
            self.failing.clear()

    def _restore(self) -> None:
        if self.operators.away or self.operators.edited:
            self.operators.away.clear()
            self.operators.edited.clear()
            self._reconfigured("the configuration is what it was")
