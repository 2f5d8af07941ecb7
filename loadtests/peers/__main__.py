"""``make bench-peers``: the gateway beside KrakenD, measured as ``python -m loadtests.bench`` measures.

    python -m loadtests.peers [--quick] [--only cached] [--only cold]

It needs Go to build KrakenD (once, into build/peers), and what the bench needs.
"""

import sys

from loadtests.bench.command import run
from loadtests.peers import krakend, rows

ROWS = {"cached": rows.cached, "cold": rows.cold}


def main() -> int:
    try:
        krakend.build()
    except krakend.NotBuilt as missing:
        print(f"bench-peers: {missing}", file=sys.stderr)
        return 1
    return run("python -m loadtests.peers", __doc__ or "", ROWS)


if __name__ == "__main__":
    sys.exit(main())
