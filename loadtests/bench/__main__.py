"""``make bench``: everything is started here, each as a process of its own, measured in turn, and printed as a table.

    python -m loadtests.bench                    all rows, about 20 minutes
    python -m loadtests.bench --only hot         one row; repeatable: --only cold --only warm
    python -m loadtests.bench --quick            fewer and shorter rounds, to see that it runs and about where it stands
    python -m loadtests.bench --rounds 9 --seconds 4 --only cold
    python -m loadtests.bench --list             the names of the rows

It needs the requirements of the tests, and wrk (``scripts/fetch-tools wrk``): ``make bench`` sees to both. The server
under test has one core, all else shares the other. Ratios are of requests per CPU-second of the process measured,
which do not depend on who asks; plain requests per second stand beside them. Rounds are interleaved.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from loadtests.bench.figures import Figure, header
from loadtests.bench.rows import ROWS
from loadtests.bench.stage import Stage

ROUNDS, SECONDS = 5, 3.0
QUICK_ROUNDS, QUICK_SECONDS = 2, 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(ROWS))
        return 0
    print(header())
    for name in options.only or ROWS:
        _run(name, options)
    return 0


def _run(name: str, options: argparse.Namespace) -> None:
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        stage = Stage(Path(folder), rounds=rounds, seconds=seconds, stack=stack, quick=options.quick)
        for told in ROWS[name](stage):
            print(told.line() if isinstance(told, Figure) else told, flush=True)
    print(flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=list(ROWS), metavar="ROW", help="this row; repeatable")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, help=f"of each comparison, {ROUNDS} if not given")
    parser.add_argument("--seconds", type=float, help=f"of one measurement, {SECONDS:g} if not given; whole seconds")
    parser.add_argument("--list", action="store_true", help="the rows")
    return parser


if __name__ == "__main__":
    sys.exit(main())
