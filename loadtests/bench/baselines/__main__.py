"""Serves one baseline: uvicorn with uvloop and httptools, and no log but uvicorn's own where it is asked for."""

import argparse
from importlib import import_module
from pathlib import Path

import orjson
import uvicorn

from loadtests.bench.baselines.given import Call, Given

NAMES = ("raw", "plain_route", "gzip_route", "httpx_aggregator", "aiohttp_aggregator")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--given", type=Path, required=True, help="a file with the body as text and the calls")
    parser.add_argument("--access-log", action="store_true")
    options = parser.parse_args()
    content = orjson.loads(options.given.read_bytes())
    given = Given(content["body"].encode(), tuple(Call(**call) for call in content["calls"]))
    app = import_module(f"loadtests.bench.baselines.{options.name}").app(given)
    uvicorn.run(
        app,
        port=options.port,
        loop="uvloop",
        http="httptools",
        log_level="info" if options.access_log else "error",
        access_log=options.access_log,
    )


if __name__ == "__main__":
    main()
