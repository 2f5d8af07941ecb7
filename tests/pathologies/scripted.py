"""Answers that are written by hand, page by page, for what no honest API would say."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway.core.deadline import Deadline
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page, PageToken
from tests.pathologies.walking import CacheMode, Engine
from tests.support.clock import ManualClock
from tests.support.simulated import Style
from tests.support.simulated_fetch import query_of
from tests.support.simulated_specs import provider

#: the body and the headers for a query
Answers = Callable[[Mapping[str, str]], tuple[Any, Mapping[str, str]]]


class ScriptedFetch:
    """A ``Fetch`` over such answers. ``urls`` holds every address that was asked."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: list[tuple[str, PageToken | None]] = []
        self.urls: list[str] = []

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        url = request.provider.call(request.token).url
        self.asked.append((request.provider.name, request.token))
        self.urls.append(url)
        body, headers = self._answers(dict(query_of(url)))
        return request.provider.read(request.token, orjson.dumps(body), headers, 0.0)


def scripted(
    answers: Answers, style: Style = "token", *, size: int = 10, cache: CacheMode = "off", **declared: Any
) -> tuple[Engine, ScriptedFetch]:
    """The engine over such a list, ``a``; ``declared`` is what its spec changes."""
    fetch = ScriptedFetch(answers)
    return Engine(fetch, {"a": provider(style, "a", page_size=size, **declared)}, ManualClock(), cache), fetch


def rows(*numbers: int) -> list[dict[str, str]]:
    """Rows with the ids that ``ids`` gives for the same numbers."""
    return [{"id": f"a{number}"} for number in range(*numbers)]
