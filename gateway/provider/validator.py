"""By what an upstream knows again the state of a page that it once sent (RFC 9110, sections 8.8 and 13.1). Pure.

It is sent back as it came, and an upstream that still has that state answers with 304 instead of the page. What is too
long, or no such thing at all, is not kept. It is the upstream's text, so it has no ``repr``.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal

from gateway.core.record import Record

#: characters; a longer entity tag is not kept
MAX_VALIDATOR = 256
#: seconds that a page must have been as it is for a date, which has whole seconds, to tell it from the next
SETTLED = 60.0

_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')

Condition = Literal["if-none-match", "if-modified-since"]


class Validator(Record, frozen=True):
    """``condition`` is the header that asks with it."""

    unseen = frozenset({"value"})

    condition: Condition
    value: str

    def confirmed(self, headers: Mapping[str, str]) -> bool:
        """Whether a 304 with these headers speaks of this state: weak comparison (RFC 9110, section 8.8.3.2)."""
        told = headers.get("etag") if self.condition == "if-none-match" else None
        return told is None or told.removeprefix("W/") == self.value.removeprefix("W/")

    def holds(self, fetched_at: float) -> bool:
        """Whether it tells a page that was fetched then (Unix time) from any other."""
        if self.condition == "if-none-match":
            return len(self.value) <= MAX_VALIDATOR and _ENTITY_TAG.fullmatch(self.value) is not None
        try:
            moment = parsedate_to_datetime(self.value)
            changed = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return False
        return len(self.value) <= MAX_VALIDATOR and changed + SETTLED <= fetched_at


def validator(headers: Mapping[str, str], fetched_at: float) -> Validator | None:
    """That of an answer with these headers: its entity tag, else when it changed last. None where it has none."""
    for name, condition in _SOURCES:
        value = headers.get(name)
        found = Validator(condition, value) if value else None
        if found and found.holds(fetched_at):
            return found
    return None


_SOURCES: tuple[tuple[str, Condition], ...] = (("etag", "if-none-match"), ("last-modified", "if-modified-since"))
