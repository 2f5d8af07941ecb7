"""Whether a walk brought what it must: each item of each provider exactly once, and ``complete`` at its end. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class WalkSoFar:
    """Ids by provider as they came, and what the last page said."""

    seen: Counter[str] = field(default_factory=Counter)
    complete: bool = False
    pages: int = 0

    def add(self, page: Mapping[str, Any]) -> None:
        self.seen.update(item["id"] for item in page["items"])
        self.complete = page["complete"]
        self.pages += 1

    def faults(self, expected: Collection[str]) -> str:
        """What is wrong with it now that it has ended, in words; empty where nothing is."""
        due = Counter(expected)
        found = {
            "missing": (due - self.seen).total(),
            "repeated": sum(times - 1 for times in self.seen.values()),
            "unknown": len(self.seen.keys() - due.keys()),
            "not complete": int(not self.complete),
        }
        return ", ".join(f"{count} {fault}" for fault, count in found.items() if count)
