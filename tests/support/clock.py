from dataclasses import dataclass

#: an hour's beginning in November 2023, as Unix time
START = 1_700_002_800.0


@dataclass
class ManualClock:
    """Time that passes only where a test says so."""

    unix: float = START
    running: float = 0.0

    def now(self) -> float:
        return self.unix

    def monotonic(self) -> float:
        return self.running

    def advance(self, seconds: float) -> None:
        self.unix += seconds
        self.running += seconds
