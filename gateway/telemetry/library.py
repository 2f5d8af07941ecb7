"""Warnings of the libraries (uvicorn, aiohttp, asyncio, redis), which write to ``logging``, as lines of our own log.

Rule: nothing of theirs is trusted to be free of secrets. Of a message the first line of its template is kept, without
its arguments and with plain words only; of an exception what ``stack`` tells.
"""

import logging
import re
from contextlib import suppress

from structlog.typing import FilteringBoundLogger

from gateway.telemetry.stack import class_name, stack
from gateway.telemetry.throttle import Throttle

#: a run of characters that is not a plain word: may be a URL, a token, an address, a repr
_NOT_A_WORD = re.compile(r"\S*[^\sA-Za-z.,:;!?'\"()%-]\S*|\S{25,}")
#: these bring handlers and levels of their own
_STUBBORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "aiohttp", "asyncio", "httpx")


def route_libraries(log: FilteringBoundLogger, *, throttle: Throttle) -> None:
    """From now on the log of every library goes to ``log``: warnings and above, the same one only now and then."""
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, LibraryHandler)]
    root.addHandler(LibraryHandler(log, throttle=throttle))
    root.setLevel(logging.WARNING)
    for name in _STUBBORN:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)


class LibraryHandler(logging.Handler):
    def __init__(self, log: FilteringBoundLogger, *, throttle: Throttle) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._throttle = throttle

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):  # logging would print the record, arguments and all
            self._say(record)

    def _say(self, record: logging.LogRecord) -> None:
        error = _error(record)
        message, name = _words(record.msg), class_name(error) if error else None
        suppressed = self._throttle.admit((record.name, message, name))
        if suppressed is None:
            return
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        fields = {"error": name, "stack": stack(error)} if error else {}
        say("library", logger=record.name, message=message, suppressed=suppressed, **fields)


def _error(record: logging.LogRecord) -> BaseException | None:
    if isinstance(record.msg, BaseException):
        return record.msg
    return record.exc_info[1] if record.exc_info else None


def _words(message: object) -> str:
    if not isinstance(message, str):
        return ""
    return _NOT_A_WORD.sub("…", message.strip().partition("\n")[0])
