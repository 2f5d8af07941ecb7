"""What a simulated upstream remembers of the list calls it received."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

_KEPT = 1000


@dataclass(slots=True)
class Call:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    status: int | None = None  # stays None if the client left first, or the connection was dropped
    items: int = 0

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def user_agent(self) -> str | None:
        return self.headers.get("user-agent")

    @property
    def cookies(self) -> bool:
        return "cookie" in self.headers

    def report(self) -> dict[str, Any]:
        """The call without its credentials."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "x_request_id": self.request_id,
            "user_agent": self.user_agent,
            "cookies": self.cookies,
            "status": self.status,
            "items": self.items,
        }


@dataclass(slots=True)
class CallLog:
    """The last calls, oldest first, and counts of all of them."""

    recent: deque[Call] = field(default_factory=lambda: deque(maxlen=_KEPT))
    by_status: Counter[int | None] = field(default_factory=Counter)
    total: int = 0
    in_flight: int = 0
    peak: int = 0
    _changed: list[asyncio.Future[None]] = field(default_factory=list)

    def begin(self, request: Request) -> Call:
        call = Call(request.method, request.url.path, request.query_params.multi_items(), dict(request.headers))
        self.recent.append(call)
        self.total += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self._wake()
        return call

    def end(self, call: Call) -> None:
        self.in_flight -= 1
        self.by_status[call.status] += 1
        self._wake()

    async def until_in_flight(self, count: int) -> None:
        """Wait until exactly so many calls are being worked on."""
        while self.in_flight != count:
            change = asyncio.get_running_loop().create_future()
            self._changed.append(change)
            await change

    def reset(self) -> None:
        """Forget the calls; those in flight stay in flight."""
        self.recent.clear()
        self.by_status.clear()
        self.total = 0
        self.peak = self.in_flight

    def _wake(self) -> None:
        changed, self._changed = self._changed, []
        for change in changed:
            if not change.done():
                change.set_result(None)

    def report(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "in_flight": self.in_flight,
            "peak": self.peak,
            "by_status": {str(status or "none"): count for status, count in self.by_status.items()},
            "recent": [call.report() for call in list(self.recent)[-20:]],
        }
