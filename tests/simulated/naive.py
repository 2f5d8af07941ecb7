"""A client that knows the API by heart and nothing of the gateway: it walks a well-behaved list, style by style."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from tests.support.simulated import POSITION, SimulatedList
from tests.support.simulated_answers import Query, Reply


def call(upstream: SimulatedList, **query: Any) -> Reply:
    return upstream.answer([(name, str(value)) for name, value in query.items()])


def get(upstream: SimulatedList, **query: Any) -> Any:
    """The body of a page."""
    reply = call(upstream, **query)
    assert reply.status == 200, reply
    return orjson.loads(reply.body)


def ids(body: Any) -> list[str]:
    return [value["id"] for value in (body if isinstance(body, list) else body["data"])]


def following(upstream: SimulatedList, asked: Query, reply: Reply, read: int) -> Query | None:
    """The query for the page behind ``reply``; None at the end."""
    body = orjson.loads(reply.body)
    size = [pair for pair in asked if pair[0] == "limit"]
    match upstream.style:
        case "single":
            return None
        case "token":
            return [*size, ("token", body["next"])] if body["next"] else None
        case "link_body":
            return _linked(body["next"])
        case "link_header":
            target = reply.headers.get("link")
            return _linked(target.removeprefix("<").partition(">")[0] if target else None)
    places = {"offset": read, "page": int(dict(asked).get("page", upstream.first_page)) + 1}
    place = places.get(upstream.style) if upstream.style in places else ids(body)[-1] if ids(body) else ""
    return [*size, (POSITION[upstream.style], str(place))] if body["has_more"] else None


def walk(upstream: SimulatedList, size: int | None = None, most: int = 100) -> list[list[str]]:
    """The ids of each page, to the end or ``most`` pages."""
    pages: list[list[str]] = []
    query: Query | None = [] if size is None or upstream.style == "single" else [("limit", str(size))]
    while query is not None and len(pages) < most:
        reply = upstream.answer(query)
        assert reply.status == 200, reply
        pages.append(ids(orjson.loads(reply.body)))
        query = following(upstream, query, reply, sum(len(page) for page in pages))
    return pages


def walked(upstream: SimulatedList, size: int | None = None) -> list[str]:
    """The ids of a whole walk."""
    return [one for page in walk(upstream, size) for one in page]


def _linked(target: str | None) -> Query | None:
    return parse_qsl(urlsplit(target).query) if target else None
