"""What only the garbage collector frees."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def circles() -> Iterator[list[object]]:
    """The objects that only the garbage collector frees, of those that are let go of in the body."""
    found: list[object] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
