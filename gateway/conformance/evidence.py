"""All that a probe has seen, and what follows from it without asking again. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.conformance.sample import Known, Sample, Walk, known_by
from gateway.conformance.variants import Tried
from gateway.core.errors import FailureCode
from gateway.core.store import RawItem
from gateway.provider.mapping import Mapper
from gateway.provider.pagination import SinglePagination
from gateway.provider.spec import ProviderSpec

#: failures after which an upstream is left in peace, whatever it was asked
STOP = {FailureCode.THROTTLED, FailureCode.UNREACHABLE, FailureCode.TIMEOUT, FailureCode.CONFIG}
#: and those that are its answer to a call as it was declared
_FATAL = STOP | {
    FailureCode.UNAUTHORIZED,
    FailureCode.FORBIDDEN,
    FailureCode.SERVER_ERROR,
    FailureCode.TOO_LARGE,
    FailureCode.SATURATED,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """``first``: the first page as it was declared; ``start``: the one from which the rest was asked, if there is one.

    They differ where ``others``, variants of the first call, had to be tried; what is asked later is asked as the one
    that worked. ``smaller`` and ``ones`` are walks by smaller pages.
    """

    spec: ProviderSpec
    store: Mapper
    most: int
    first: Sample
    others: tuple[Tried, ...] = ()
    start: Sample | None = None
    again: Sample | None = None
    walk: Walk | None = None
    smaller: Walk | None = None
    ones: Walk | None = None
    positions: Mapping[int, Sample] = field(default_factory=dict)
    """Pages that were asked for by their offset or number."""
    moves: tuple[Tried, ...] = ()
    """Variants of the call for the second page."""
    limits: tuple[Tried, ...] = ()
    """Other names for the size."""
    largest: Sample | None = None
    """The first page at ``max_page_size``."""
    beyond: tuple[Tried, ...] = ()
    """Calls for what comes behind the declared end."""

    @property
    def walks(self) -> tuple[Walk, ...]:
        return tuple(walk for walk in (self.walk, self.smaller, self.ones) if walk)

    @property
    def fatal(self) -> Sample | None:
        """The call at which it was over."""
        declared = [self.first, self.again, *(sample for walk in self.walks for sample in walk.samples)]
        fatal = [sample for sample in declared if sample and sample.code in _FATAL]
        tried = [one.sample for one in (*self.others, *self.moves, *self.limits, *self.beyond)]
        tried += [*self.positions.values(), *([self.largest] if self.largest else [])]
        return next(iter([*fatal, *(sample for sample in tried if sample.code in STOP)]), None)

    @property
    def page_one(self) -> Sample:
        return self.start or self.first

    @property
    def declared(self) -> ProviderSpec:
        """The spec with which it went on: with the one change that was needed to have a first page."""
        return self.page_one.ask.spec

    @property
    def known(self) -> Known:
        return known_by(self.declared, self.page_one.items)

    def ids(self, sample: Sample) -> list[str]:
        known = self.known
        return [known(item) for item in sample.items]

    @property
    def items(self) -> list[RawItem]:
        """Every item of the walk once, in the order in which they came."""
        samples = self.walk.samples if self.walk else (self.page_one,)
        known = self.known
        found: dict[str, RawItem] = {}
        for sample in samples:
            for item in sample.items:
                found.setdefault(known(item), item)
        return list(found.values())

    @property
    def part(self) -> int | None:
        """A size by which the first page makes about three; None where it cannot be asked for."""
        pagination, count = self.declared.pagination, len(self.page_one.items)
        if self.smaller and self.smaller.samples[0].refused:
            return None
        if isinstance(pagination, SinglePagination) or pagination.limit is None or count < 2:  # noqa: PLR2004
            return None
        return 1 if count == 2 else max(2, -(-count // 3))  # noqa: PLR2004 - thirds

    @property
    def orderly(self) -> bool:
        """Whether the same page came twice; one of them may be shorter."""
        if self.again is None or not self.again.listed:
            return True
        pairs = zip(self.ids(self.page_one), self.ids(self.again), strict=False)
        return all(one == other for one, other in pairs)

    def pairs(self) -> Iterator[tuple[Sample, Sample]]:
        """Pages of the walks that follow one another."""
        for walk in self.walks:
            yield from zip(walk.samples, walk.samples[1:], strict=False)

    def followed(self) -> Iterator[Sample]:
        """Pages behind which something new came."""
        for before, after in self.pairs():
            if set(self.ids(after)) - set(self.ids(before)):
                yield before
        if early := self.early:
            yield early[0]

    @property
    def second(self) -> tuple[Sample, Sample] | None:
        """Two pages that follow one another, at best of full size."""
        return next(self.pairs(), None)

    def sequence(self, walk: Walk) -> list[str]:
        """The ids of a walk in order, each once."""
        return list(dict.fromkeys(one for sample in walk.samples for one in self.ids(sample)))

    @property
    def early(self) -> tuple[Sample, Tried] | None:
        """A page that was declared the last, and the call that brought something new behind it."""
        for walk in self.walks:
            seen = set(self.sequence(walk))
            for tried in self.beyond:
                if walk.end == "declared" and tried.about is walk.last and set(self.ids(tried.sample)) - seen:
                    return walk.last, tried
        return None

    @property
    def whole(self) -> bool:
        """Whether the walk brought all there is, as far as can be seen."""
        if self.walk is None or self.early:
            return False
        return self.walk.end == "declared" or (self.walk.end == "barren" and not self.walk.promised)
