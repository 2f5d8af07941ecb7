"""The plain route behind Starlette's own compression, which compresses every answer anew."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from loadtests.bench.baselines import plain_route
from loadtests.bench.baselines.given import Given


def app(given: Given) -> ASGIApp:
    return GZipMiddleware(plain_route.app(given))
