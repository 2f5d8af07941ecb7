"""An exception told without its words: classes and places only, for messages and locals may hold a URL or a secret."""

import errno
import traceback
from collections.abc import Iterator

MAX_ERRORS = 6
MAX_FRAMES = 10


def class_name(error: BaseException) -> str:
    """The class, and for an error of the operating system its symbol: ``OSError ECONNREFUSED``."""
    name = type(error).__qualname__
    symbol = errno.errorcode.get(error.errno or 0) if isinstance(error, OSError) else None
    return f"{name} {symbol}" if symbol else name


def stack(error: BaseException) -> list[str]:
    """``error``, what it was raised from, and the members of a group: each its class and its innermost frames."""
    return [line for one in _family(error) for line in (class_name(one), *_frames(one))]


def _family(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < MAX_ERRORS:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += _origins(one)


def _origins(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if origin is not None:
        yield origin


def _frames(error: BaseException) -> list[str]:
    frames = [
        f"{frame.f_code.co_filename}:{line}:{frame.f_code.co_qualname}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return frames[-MAX_FRAMES:]
