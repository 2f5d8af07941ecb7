"""The command line of a table of rows: which rows, how many rounds, and where everything they start has its place."""

import argparse
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

from loadtests.bench.connection import Broken
from loadtests.bench.cores import LOAD, MEASURED
from loadtests.bench.figures import Figure, header
from loadtests.bench.processes import NotStarted
from loadtests.bench.stage import Stage
from loadtests.bench.wrk import LoadFailed

#: what a row may end with: whatever it started broke, or did not do what it was to be measured at
_UNMEASURED = (AssertionError, Broken, LoadFailed, NotStarted, OSError, HTTPException)

ROUNDS, SECONDS = 5, 3
QUICK_ROUNDS, QUICK_SECONDS = 2, 1

Row = Callable[[Stage], Iterator[Figure | str]]


def run(program: str, description: str, rows: Mapping[str, Row], arguments: Sequence[str] | None = None) -> int:
    """Print the rows asked for; 1 where one of them could not be measured."""
    options = _parser(program, description, list(rows)).parse_args(arguments)
    if options.list:
        print("\n".join(rows))
        return 0
    print(f"Python {platform.python_version()}; measured on core {MEASURED}, all else on core {LOAD}\n\n{header()}")
    failed = [name for name in options.only or rows if not _print_row(rows[name], name, options)]
    return 1 if failed else 0


def _print_row(row: Row, name: str, options: argparse.Namespace) -> bool:
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        stage = Stage(Path(folder), rounds=rounds, seconds=seconds, stack=stack, quick=options.quick)
        try:
            for told in row(stage):
                print(told.line() if isinstance(told, Figure) else told, flush=True)
        except _UNMEASURED as error:
            print(f"{name}: not measured: {type(error).__name__}: {error}\n", flush=True)
            return False
    print(flush=True)
    return True


def _parser(program: str, description: str, rows: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=rows, metavar="ROW", help="this row; repeatable")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help=f"of each comparison, {ROUNDS} if not given")
    parser.add_argument("--seconds", type=int, help=f"of one measurement, {SECONDS} if not given")
    parser.add_argument("--list", action="store_true", help="the names of the rows")
    return parser
