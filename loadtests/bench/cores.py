"""Which core does what: what is measured has one to itself, all else shares the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_usable = sorted(os.sched_getaffinity(0))
#: the load generator, the upstreams, Redis and the bench itself; the same as the other where there is only one
LOAD = _usable[0]
#: the server under test
MEASURED = _usable[-1]


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """What is started inside, threads and children, stays on that core; None: on any that may be used."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _usable if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
