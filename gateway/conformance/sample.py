"""What was asked of an upstream, and what came back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.store import RawItem
from gateway.provider.mapping import identity, too_deep
from gateway.provider.page import Page, PageToken
from gateway.provider.paths import MISSING, first_of, getter
from gateway.provider.spec import ProviderSpec

#: what tells one item from another
Known = Callable[[RawItem], str]
#: of a walk: the declared end, a page without anything new, a failure, or our own bound
WalkEnd = Literal["declared", "barren", "failed", "cut"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call to make: the page at ``token`` as ``spec`` asks for it, ``size`` items at a time."""

    spec: ProviderSpec = field(repr=False)
    size: int
    token: PageToken | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """One call and its answer. ``value`` is the answer's JSON, ``MISSING`` where there was none.

    An answer may hold a list and be a failure nonetheless, where what it says of the next page makes no sense.
    """

    ask: Ask
    value: Any = field(default=MISSING, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    page: Page | None = field(default=None, repr=False)
    failure: UpstreamError | None = None

    @property
    def found(self) -> Any:
        """The list where the spec says it is, or ``MISSING``."""
        if self.page is not None:
            return self.page.items
        return first_of(self.ask.spec.response.items, lambda found: isinstance(found, list))(self.value)

    @property
    def items(self) -> list[RawItem]:
        return [] if self.found is MISSING else list(self.found)

    @property
    def listed(self) -> bool:
        """Whether it holds a list of objects, or an empty one."""
        return self.found is not MISSING and (not self.items or any(isinstance(item, dict) for item in self.items))

    @property
    def code(self) -> FailureCode | None:
        return self.failure.code if self.failure else None

    @property
    def refused(self) -> bool:
        """Whether the server would not answer this call, and might answer another."""
        return self.code in {FailureCode.REFUSED, FailureCode.NOT_FOUND} and not self.redirected

    @property
    def redirected(self) -> bool:
        status = self.failure.status if self.failure else None
        return status is not None and 300 <= status < 400  # noqa: PLR2004 - RFC 9110, section 15.4


@dataclass(frozen=True, slots=True)
class Walk:
    """Pages one after the other, and what ended them."""

    samples: tuple[Sample, ...]
    end: WalkEnd

    @property
    def promised(self) -> bool:
        """Whether the page before the last call said itself that more follows."""
        before = self.samples[-2].page if len(self.samples) > 1 else None
        return before is not None and before.promised

    @property
    def last(self) -> Sample:
        """The last page that holds a list."""
        return next((sample for sample in reversed(self.samples) if sample.listed), self.samples[-1])


def known_by(spec: ProviderSpec, items: list[RawItem]) -> Known:
    """By the id, where each of ``items`` has one of its own; else by all that an item holds."""
    get = getter(spec.item.id)
    ids = [identity(get, item) for item in items]
    if None not in ids and len(set(ids)) == len(ids):
        return lambda item: identity(get, item) or _written(item)
    return _written


def _written(item: RawItem) -> str:
    return "" if too_deep(item) else orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
