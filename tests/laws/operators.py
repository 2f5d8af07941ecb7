"""What operators have done to the replicas so far, and so how each of them is configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.laws.walk import ClientWalk
from tests.laws.world import Configuration, Declared, Upstream


@dataclass
class Operators:
    """``away`` and ``edited`` hold ``name/replica``: a provider that it does not have, or has at another address.

    ``phases``: how far each replica is in the change from cursor key ``key`` to the next; ``versions``: the formats.
    """

    away: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    credential: int = 0
    key: int = 0
    phases: list[int] = field(default_factory=lambda: [0, 0])
    versions: list[int] = field(default_factory=lambda: [2, 2])

    @property
    def alike(self) -> bool:
        """Whether both replicas seal the same cursors."""
        return self.versions[0] == self.versions[1] and self.phases[0] == self.phases[1]

    def configuration(self, replica: int, upstreams: Mapping[str, Upstream]) -> Configuration:
        providers = {
            name: Declared(one, edited=f"{name}/{replica}" in self.edited, credential=self.credential)
            for name, one in upstreams.items()
            if f"{name}/{replica}" not in self.away
        }
        old, new = self.key, self.key + 1
        keys = [(old,), (old, new), (new, old)][self.phases[replica]]
        return Configuration(providers, keys, self.versions[replica])

    def begin(self, walk: ClientWalk, replica: int) -> None:
        """A walk is of the providers that the replica of page one has, as it has them."""
        known = [name for name in walk.present if f"{name}/{replica}" not in self.away]
        walk.present = {name: walk.present[name] for name in known}
        walk.edited = {name for name in known if f"{name}/{replica}" in self.edited}

    def elsewhere(self, walk: ClientWalk, replica: int) -> set[str]:
        """Providers of a walk that a replica does not have, or has as another list than the walk began with."""
        other = {name for name in walk.present if (f"{name}/{replica}" in self.edited) != (name in walk.edited)}
        return other | {name for name in walk.present if f"{name}/{replica}" in self.away}
