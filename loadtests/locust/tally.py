"""What the simulated clients saw beyond the latencies that Locust keeps, and the last seconds of it on a window."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW = 10.0


@dataclass(slots=True)
class Tally:
    pages: int = 0
    incomplete: int = 0
    walks: int = 0
    broken: list[str] = field(default_factory=list)
    """What was wrong, for each broken walk."""

    def page(self, *, complete: bool) -> None:
        self.pages += 1
        self.incomplete += not complete

    def walk(self, faults: str) -> None:
        self.walks += 1
        if faults:
            self.broken.append(faults)

    def measures(self) -> dict[str, float]:
        return {
            "walks.finished": self.walks,
            "walks.broken": len(self.broken),
            **({"pages.incomplete_share": self.incomplete / self.pages} if self.pages else {}),
        }


class Recent:
    """The requests of the last ``WINDOW`` seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float, bool]] = deque()

    def add(self, milliseconds: float, *, right: bool) -> None:
        self._seen.append((self._clock(), milliseconds, right))

    def p95_ms(self) -> float:
        """0 where there was nothing."""
        self._forget()
        latencies = sorted(milliseconds for _, milliseconds, _ in self._seen)
        return latencies[int(len(latencies) * 0.95)] if latencies else 0.0

    def error_share(self) -> float:
        self._forget()
        return sum(not right for *_, right in self._seen) / len(self._seen) if self._seen else 0.0

    def per_second(self) -> float:
        self._forget()
        return len(self._seen) / WINDOW

    def _forget(self) -> None:
        while self._seen and self._seen[0][0] < self._clock() - WINDOW:
            self._seen.popleft()
