"""The state machine: whatever clients ask, lists do, upstreams fail at and operators change, the laws hold."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.laws import laws
from tests.laws.faults import FAULTS
from tests.laws.stage import Stage
from tests.laws.world import LED, NAMES, Upstream

REPLICAS, LIMITS, WALKS = st.sampled_from([0, 1]), st.integers(1, 6), st.integers(0, 1)
CHANGING = st.lists(st.integers(1, 4), min_size=2, max_size=4) | st.lists(st.integers(1, 2), min_size=3, max_size=6)
SPOTS = st.floats(0, 1, exclude_max=True)
MOST_WALKS = 2
#: items of a list that does not get one between any two any more
FULL = 50
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DAY_AND_MORE = 26 * 3600.0


class Walks(Stage):
    """Each rule is one thing that happens."""

    # what clients do

    @precondition(lambda self: any(not walk.done for walk in self.walks))
    @rule(limit=LIMITS, replica=REPLICAS, which=WALKS)
    def next_page(self, limit: int, replica: int, which: int) -> None:
        open_walks = [walk for walk in self.walks if not walk.done]
        self._next(open_walks[which % len(open_walks)], limit, replica)

    @precondition(lambda self: any(not walk.done for walk in self.walks))
    @rule(limits=st.lists(LIMITS, min_size=2, max_size=4), replica=REPLICAS, again=SPOTS)
    def next_pages(self, limits: list[int], replica: int, again: float) -> None:
        """By one replica and the other, and one of them ``again``."""
        (walk, *_) = [walk for walk in self.walks if not walk.done]
        for limit in limits:
            self._go_on(limit, replica)
            replica = 1 - replica
        self._replay(walk, again, replica)

    @precondition(lambda self: len(self.walks) < MOST_WALKS or all(walk.done for walk in self.walks))
    @rule()
    def begin_walk(self) -> None:
        self._begin_walk()

    @precondition(lambda self: any(walk.visits for walk in self.walks))
    @rule(which=WALKS, at=SPOTS, replica=REPLICAS)
    def replay(self, which: int, at: float, replica: int) -> None:
        walk = [walk for walk in self.walks if walk.visits][which - 1]
        self._replay(walk, at, replica)

    @precondition(lambda self: any(walk.cursor for walk in self.walks))
    @rule(at=st.sampled_from([0.0, 1.0]) | SPOTS, flip=st.integers(1, 63), replica=REPLICAS)
    def tamper(self, at: float, flip: int, replica: int) -> None:
        (cursor, *_) = [walk.cursor for walk in self.walks if walk.cursor]
        index = int(at * (len(cursor) - 1))
        other = BASE64URL[BASE64URL.index(cursor[index]) ^ flip]
        answer = self._ask(replica, cursor[:index] + other + cursor[index + 1 :], 5, "changes a character of a cursor")
        self._hold(lambda: laws.check_refused("I11", answer))

    @precondition(lambda self: any(walk.cursor for walk in self.walks))
    @rule(replica=REPLICAS)
    def swap_tenant(self, replica: int) -> None:
        (cursor, *_) = [walk.cursor for walk in self.walks if walk.cursor]
        answer = self._ask(replica, cursor, 5, "sends a cursor as another tenant", tenant="other")
        self._hold(lambda: laws.check_refused("I12", answer))

    # what lists do

    @rule(name=st.sampled_from(NAMES), at=SPOTS, count=st.sampled_from([1, 1, 2, 7]))
    def insert(self, name: str, at: float, count: int) -> None:
        if (one := self.upstreams.get(name)) is None:
            return
        for _ in range(count):
            self._insert(one, int(at * (len(one.listed.rows) + 1)))
        self._happened(f"{name} gets {count} new at index {int(at * (len(one.listed.rows) + 1 - count))}")

    @rule(name=st.sampled_from(NAMES))
    def insert_between(self, name: str) -> None:
        """As where a list is sorted by name, and many are imported: no two that were used stand together."""
        one = self.upstreams.get(name)
        if one is not None and 1 < len(one.listed.rows) < FULL:
            for index in reversed(range(1, len(one.listed.rows))):
                self._insert(one, index)
            self._happened(f"{name} gets a new one between any two")

    def _insert(self, one: Upstream, index: int) -> None:
        self.serial += 1
        made = one.listed.insert(index, {"id": f"new{self.serial}", "name": "new"})
        for walk in (self.cached, *self.walks):
            walk.note_insert(one.name, made.id, made.rank)

    @rule(name=st.sampled_from(NAMES), at=SPOTS, count=st.sampled_from([1, 1, 2, 3, 9]))
    def delete(self, name: str, at: float, count: int) -> None:
        one = self.upstreams.get(name)
        if one is not None and one.listed.rows:
            self._delete(one, int(at * len(one.listed.rows)), count)

    @rule(count=st.integers(1, 10), oldest=st.sampled_from([0, 0, 2]))
    def delete_what_came_last(self, count: int, oldest: int) -> None:
        """By which places are found again, and at which pages start; with the ``oldest``, by which lists are known."""
        name, _, last = next((walk.ids[-1] for walk in self.walks if not walk.done and walk.ids), "").partition(":")
        one = self.upstreams.get(name)
        if one is not None and last in (ids := one.listed.ids()):
            first = max(0, ids.index(last) + 1 - count)
            self._delete(one, first, ids.index(last) + 1 - first)
            if oldest and one.listed.rows:
                self._delete(one, 0, oldest)

    def _delete(self, one: Upstream, index: int, count: int) -> None:
        gone = [one.listed.delete(index) for _ in range(min(count, len(one.listed.rows) - index))]
        for row in gone:
            for walk in (self.cached, *self.walks):
                walk.note_delete(one.name, row.id, row.rank)
        self._happened(f"{one.name} loses {', '.join(row.id for row in gone)}")

    @precondition(lambda self: any(not walk.done for walk in self.walks))
    @rule(limits=CHANGING, name=st.sampled_from(NAMES), at=SPOTS, cleans=st.booleans())
    def change_between_pages(self, limits: list[int], name: str, at: float, cleans: bool) -> None:
        """What happens to a list that is walked for long; ``cleans``: by a client that deletes what it lists."""
        for number, limit in enumerate(limits):
            self._go_on(limit, number % 2)
            if cleans:
                self.delete_what_came_last(limit, 0)
            else:
                change = self.insert if number % 2 else self.delete
                change(name, at, 1 + number % 2)

    @rule(name=st.sampled_from(NAMES))
    def forget_tokens(self, name: str) -> None:
        one = self.upstreams.get(name)
        if one is not None and one.style in LED:
            one.listed.forget()
            self._trouble("tokens")
            self._happened(f"{name} forgets the tokens it handed out")

    @rule()
    def flush(self) -> None:
        self.system.flush()
        self._forget()
        self._happened("the caches are flushed")

    @rule(seconds=st.sampled_from([10.0, 45.0, 700.0]))
    def wait(self, seconds: float) -> None:
        if self.system.advance(seconds):
            self._happened(f"{seconds:.0f} seconds pass")

    # what upstreams fail at

    @rule(name=st.sampled_from(NAMES), kind=st.sampled_from(sorted(FAULTS)))
    def fail(self, name: str, kind: str) -> None:
        if name in self.upstreams:
            self.upstreams[name].listed.fault = FAULTS[kind]
            self.failing.add(name)
            self._trouble("failure")
            self._happened(f"{name} begins to fail: {kind}")

    @precondition(lambda self: self.failing)
    @rule()
    def heal(self) -> None:
        self._heal()

    # what operators change

    @rule(name=st.sampled_from(NAMES), replica=REPLICAS)
    def remove_provider(self, name: str, replica: int) -> None:
        if name in self.upstreams:
            self.operators.away.add(f"{name}/{replica}")
            self._reconfigured(f"{name} is removed from replica {replica}")

    @rule(name=st.sampled_from(NAMES), replica=REPLICAS)
    def edit_spec(self, name: str, replica: int) -> None:
        if name in self.upstreams:
            self.operators.edited.add(f"{name}/{replica}")
            self._reconfigured(f"{name} is moved to another address on replica {replica}")

    @precondition(lambda self: self.operators.away or self.operators.edited)
    @rule()
    def restore(self) -> None:
        self._restore()

    @rule()
    def rotate_credential(self) -> None:
        self.operators.credential += 1
        self._configured("the credentials are rotated", "credential")

    @rule(replica=REPLICAS)
    def rotate_key(self, replica: int) -> None:
        """Add the new key behind, then in front: on both replicas before the next step."""
        phases = self.operators.phases
        if phases[replica] < 2 and phases[replica] <= phases[1 - replica]:
            phases[replica] += 1
            self._configured(f"replica {replica} takes step {phases[replica]} of a new cursor key", "credential")

    @precondition(lambda self: self.operators.phases == [2, 2])
    @rule()
    def retire_key(self) -> None:
        """The old key goes once no cursor of it is valid any more."""
        if not self.system.advance(DAY_AND_MORE):
            return
        self.operators.key, self.operators.phases = self.operators.key + 1, [0, 0]
        self._configured("a day passes, and the old cursor key is taken away", "credential")
        for walk in self.walks:
            if walk.cursor and not walk.done:
                answer = self._ask(0, walk.cursor, 5, f"comes back for walk {walk.number}")
                self._hold(partial(laws.check_gone, answer))
            walk.done = True

    @rule(replica=REPLICAS, version=st.sampled_from([1, 2]))
    def roll_out(self, replica: int, version: int) -> None:
        """A replica of the release before, or of this one."""
        if self.operators.versions[replica] != version:
            self.operators.versions[replica] = version
            self._configured(f"replica {replica} writes cursors of format {version}", "credential")
