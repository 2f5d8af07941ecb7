"""Run many examples of the laws, in parallel, and say what they covered: ``python -m tests.laws``.

With ``--service`` they run over the real service instead of the engine, which takes ten times as long.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from functools import partial
from io import StringIO

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.coverage import BROKEN, COVERED, EXAMPLES, FLOORS
from tests.laws.laws import LawBroken
from tests.laws.machine import Walks
from tests.laws.service import service_walks

#: examples to a seed
CHUNK = 250
SERVICE_CHUNK = 25
STEPS = 25


def run_chunk(number: int, *, shrink: bool, service: bool) -> tuple[Counter[str], str | None]:
    """What the examples of a chunk covered, and how a law was broken, if one was."""
    COVERED.clear()
    BROKEN.clear()
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    chosen = settings(
        max_examples=SERVICE_CHUNK if service else CHUNK,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    again = f"(python -m tests.laws {'--service ' if service else ''}--chunk {number})"
    profile: AbstractContextManager[type[Walks]] = service_walks() if service else nullcontext(Walks)
    with redirect_stdout(StringIO()), profile as walks:
        try:
            run_state_machine_as_test(seed(number)(type(f"Walks{number}", (walks,), {})), settings=chosen)
        except LawBroken as broken:
            notes = [note for note in broken.__notes__ if note.startswith("\nThe walk:")]
            return COVERED, f"{broken}\n{notes[0] if notes else ''}\n{again}"
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told with its seed
            told = BROKEN[0] if BROKEN else "\n".join([repr(fault), *getattr(fault, "__notes__", ())])
            return COVERED, f"{told}\n{again}"
    return COVERED, None


def main() -> int:
    options = _options()
    run = partial(run_chunk, shrink=not options.quick, service=options.service)
    size = SERVICE_CHUNK if options.service else CHUNK
    began = time.monotonic()
    numbers = range(-(-options.examples // size)) if options.chunk is None else [options.chunk]
    covered: Counter[str] = Counter()
    with ProcessPoolExecutor(options.processes) as pool:
        for done in as_completed([pool.submit(run, number) for number in numbers]):
            counts, broken = done.result()
            covered += counts
            if broken:
                print(broken)
                pool.shutdown(wait=False, cancel_futures=True)
                return 1
    examples = len(numbers) * size
    print(f"{examples} examples, no law broken, in {time.monotonic() - began:.0f} s. They covered:")
    return _tell(covered, examples)


def _tell(covered: Counter[str], examples: int) -> int:
    """The counts beside their floors, which shrink with the number of examples; 1 where one is missed."""
    missed = 0
    for name, count in sorted(covered.items() | {(name, 0) for name in FLOORS if name not in covered}):
        floor = FLOORS.get(name, 0) * examples // EXAMPLES
        missed += count < floor
        print(
            f"  {count:8,}  {name}" + (f" (at least {floor:,})" if floor else "") + (" MISSED" if count < floor else "")
        )
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.laws", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--service", action="store_true", help="over the real service: ten times as slow")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--quick", action="store_true", help="stop at a broken law without shrinking it")
    parser.add_argument("--chunk", type=int, help="this one alone: its number is its seed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
