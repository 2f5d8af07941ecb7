"""A list API that is a function of the query: small ones, for ways that the simulated lists do not have."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.conformance.asking import Asker, Calls
from gateway.conformance.probe import probe_by
from gateway.conformance.report import Report
from gateway.core.deadline import Deadline
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from gateway.provider.spec import ProviderSpec
from tests.support.clock import ManualClock

from .probing import access

Api = Callable[[Mapping[str, str]], Any]


class ApiFetch:
    """A ``Fetch`` that answers with what the API makes of the query. ``headers`` come with every answer."""

    def __init__(self, api: Api, headers: Mapping[str, str]) -> None:
        self._api = api
        self._headers = headers

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        query = dict(parse_qsl(request.provider.call(request.token).url.partition("?")[2]))
        return request.provider.read(request.token, orjson.dumps(self._api(query)), self._headers, 0.0)


async def probed_api(
    api: Api, spec: ProviderSpec, *, headers: Mapping[str, str] | None = None, pages: int = 20
) -> Report:
    given = access(spec, "https://upstream.test", params={"list": "x"}, credentials={})
    asker = Asker(access=given, fetch=ApiFetch(api, headers or {}), calls=Calls(), clock=ManualClock())
    return await probe_by(asker, given.settings, pages=pages)


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Items from ``s0`` on, each with a name; a field that is a function is made of the number."""
    return [
        {"id": f"s{n}", "name": f"Store {n}", "created": f"2024-01-01T00:{n % 60:02}:00Z"}
        | {name: value(n) if callable(value) else value for name, value in fields.items()}
        for n in range(count)
    ]
