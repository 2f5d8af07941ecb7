"""One log line: which fields it may have, how they are cleaned, and how it is written.

Rules: a field that is not in ``FIELDS`` is dropped. Text is cut at ``MAX_TEXT`` characters and what cannot be printed
(line ends, terminal escapes, broken Unicode) is replaced, so that nothing can end a line or start another. A line is
one write. A log that cannot be written is lost and never fails a request.
"""

import time
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, BinaryIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from gateway.core.clock import Clock
from gateway.telemetry.options import LogOptions
from gateway.telemetry.tracing import ACTIVE

MAX_TEXT = 256
MAX_LIST = 64
#: they are written in the order in which they are given, after timestamp, level and event; at the end stand the ids
#: of the span that a line belongs to, where there is one
FIELDS = frozenset(
    (
        "request_id",
        "method",
        "route",
        "status",
        "duration",
        "bytes",
        "client",
        "tenant",
        "problem",
        "provider",
        "code",
        "outcome",
        "detail",
        "operation",
        "reason",
        "open",
        "state",
        "suppressed",
        "stage",
        "kept",
        "observer",
        "logger",
        "message",
        "error",
        "stack",
    )
)


def line_logger(options: LogOptions, *, clock: Clock, stream: BinaryIO) -> FilteringBoundLogger:
    """A structlog logger that is configured for itself alone: structlog's own global state stays as it is."""
    render = _console(colors=stream.isatty()) if options.format == "console" else _json
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _Output(stream),
        processors=[_Line(clock), render],
        wrapper_class=structlog.make_filtering_bound_logger(options.level),
        context_class=dict,
    )
    return logger.bind()


class _Line:
    """Times are RFC 3339 in UTC with milliseconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, _: Any, level: str, given: MutableMapping[str, Any]) -> dict[str, Any]:
        now = self._clock.now()
        timestamp = f"{_second(int(now))}.{int(now % 1 * 1000):03d}Z"
        line = {"timestamp": timestamp, "level": level, "event": _clean(given["event"])}
        for field, value in given.items():
            if field in FIELDS:
                line[field] = value if type(value) in _CLEAN else _clean(value)
        active = ACTIVE.get()
        if active is not None:
            line["trace_id"], line["span_id"] = active.trace_id, active.span_id
        return line


#: types whose values are written as they are
_CLEAN = frozenset({int, float, bool, type(None)})


@lru_cache(maxsize=2)
def _second(unix: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(unix))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        text = value[:MAX_TEXT]
        return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)
    if isinstance(value, list):
        return [_clean(one) for one in value[:MAX_LIST]]
    return value


def _json(_: Any, __: str, line: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(line)


def _console(*, colors: bool) -> Processor:
    renderer = structlog.dev.ConsoleRenderer(colors=colors, sort_keys=False, pad_event_to=0)

    def render(logger: Any, level: str, line: MutableMapping[str, Any]) -> bytes:
        stack = line.pop("stack", ())
        said = {field: value for field, value in line.items() if value is not None}
        return "\n    ".join((renderer(logger, level, said).rstrip(), *stack)).encode()

    return render


class _Output:
    """What structlog calls a logger: takes the rendered line. A reader that has gone away is not our concern."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # closed pipe, full disk, closed file
            self._stream.write(line + b"\n")
            self._stream.flush()

    debug = info = warning = error = critical = write
