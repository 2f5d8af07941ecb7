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

import sys

from loadtests.bench.command import run
from loadtests.bench.rows import ROWS

if __name__ == "__main__":
    sys.exit(run("python -m loadtests.bench", __doc__ or "", ROWS))
