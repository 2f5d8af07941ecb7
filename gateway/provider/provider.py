"""A provider: a spec bound to one base URL, one set of path parameters and one credential. Pure in both directions.

``call`` says what to send for a page; ``read`` says what an answer means. Neither does I/O.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

import orjson

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.record import Record
from gateway.core.store import KnowledgeStore, RawItem
from gateway.provider.ends import count
from gateway.provider.mapping import identity, mapper, too_deep
from gateway.provider.page import Page, PageToken
from gateway.provider.paginators import paginator
from gateway.provider.paging import Answer, encoded
from gateway.provider.paths import MISSING, Getter, first_of, getter
from gateway.provider.spec import BearerAuth, HeaderAuth, NoAuth, ProviderSpec, Response
from gateway.provider.validator import validator

MAX_ITEMS = 10_000
#: parsing more of them than this stops the event loop for longer than a tenth of a second
MAX_CONTAINERS = 300_000
HASH_BYTES = 4
#: most walks ask for the same few pages, above all for the first
KEPT_CALLS = 16

_UNSAFE_SEGMENT = re.compile(r"\.{1,2}\Z|.*[\x00-\x1f\x7f/\\?#]", re.DOTALL)


class HttpCall(Record, frozen=True):
    """A GET; ``url`` is complete and encoded. ``headers`` hold the credential."""

    unseen = frozenset({"url", "headers"})

    url: str
    headers: tuple[tuple[str, str], ...]


class Provider:
    """Compiled once per (provider, credential, params); tenants without overrides share one.

    ``cache_identity`` changes with anything that could change a page: name, spec, place, params, size, credential.
    ``meaning`` (4 bytes) changes with what a page token means: style, place, params, order. It does not change with
    the credential.
    """

    def __init__(
        self,
        *,
        name: str,
        spec: ProviderSpec,
        base_url: str,
        params: Mapping[str, str],
        credentials: Mapping[str, str],
        page_size: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.stable_order = spec.stable_order
        size = page_size or spec.pagination.page_size
        self._total = first_of(spec.response.total) if spec.response.total else None
        self._paginator = paginator(spec.pagination, size, self._total)
        self.traits = self._paginator.traits
        self._url = base_url.rstrip("/") + _path(spec, params)
        self._query = (*spec.query.items(), *(spec.sort.query() if spec.sort else ()))
        #: what to send for the page at a token (None: the first)
        self.call: Callable[[PageToken | None], HttpCall] = lru_cache(maxsize=KEPT_CALLS)(self._call)
        self._headers = (*spec.headers.items(), *(headers or {}).items(), *_auth_headers(spec, credentials))
        self._items = _list_reader(spec.response)
        #: the item's id as text; None where it has none
        self.identity: Callable[[RawItem], str | None] = partial(identity, getter(spec.item.id))
        self.store: Callable[[RawItem], KnowledgeStore | None] = mapper(name, spec.item)
        place = [name, self._url, spec.pagination.style, [list(pair) for pair in self._query]]
        self.meaning = _digest(HASH_BYTES, [*place, *self.traits.meaning])
        everything = [place, size, spec.model_dump(mode="json"), [list(pair) for pair in self._headers]]
        self.cache_identity = _digest(16, everything)

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"

    def _call(self, token: PageToken | None) -> HttpCall:
        query = encoded((*self._query, *self._paginator.query(token)))
        return HttpCall(f"{self._url}?{query}", self._headers)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        """Where the page before the one at ``token`` starts; None for the first page, and where that is not known.

        ``size``: items that the server sends at most, where that has shown.
        """
        return self._paginator.before(token, size)

    def read(self, token: PageToken | None, body: bytes, headers: Mapping[str, str], fetched_at: float) -> Page:
        """The page that a 200 with ``body`` (decoded bytes of JSON) and ``headers`` (by lower-case name) is.

        Raises ``UpstreamError``: ``malformed`` where it is not JSON or holds no list, ``too_large`` where the list
        is longer than any page may be, ``loop`` where the page leads to itself.
        """
        if len(body) > MAX_CONTAINERS and body.count(b"[") + body.count(b"{") > MAX_CONTAINERS:
            raise UpstreamError(FailureCode.TOO_LARGE, f"more than {MAX_CONTAINERS} lists and objects in a page")
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise UpstreamError(FailureCode.MALFORMED, "the answer is not JSON") from None
        items = self._items(value)
        if items is MISSING:
            raise UpstreamError(FailureCode.MALFORMED, "the answer holds no list where the spec says")
        if len(items) > MAX_ITEMS:
            raise UpstreamError(FailureCode.TOO_LARGE, f"more than {MAX_ITEMS} items in a page")
        if items and not any(isinstance(item, dict) for item in items):
            raise UpstreamError(FailureCode.MALFORMED, "the list holds no objects")
        step = self._paginator.step(token, Answer(items, value, headers))
        return Page(
            items=items,
            next=step.token if step else None,
            overlap=step.overlap if step else 0,
            promised=step.promised if step else False,
            total=self._read_total(value),
            fetched_at=fetched_at,
            validator=validator(headers, fetched_at),
        )

    def hash(self, raw: RawItem) -> bytes:
        """Four bytes by which a walk knows an item again: of its id, or of all of it where it has none."""
        known = self.identity(raw)
        content = known.encode() if known is not None else _written(raw)
        return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()

    def _read_total(self, value: Any) -> int | None:
        return count(self._total(value)) if self._total else None


def path_problem(name: str, value: str) -> str | None:
    """Why ``value`` cannot stand in a path for the placeholder ``name``; None where it can."""
    if not value or _UNSAFE_SEGMENT.match(value):
        return f"{name} must be one path segment: not empty, without slashes, '?', '#' or control characters"
    return None


def _list_reader(spec: Response) -> Getter:
    """A function from an answer to its list, or ``MISSING``."""
    find = first_of(spec.items, lambda found: isinstance(found, list))
    find_null = first_of(spec.null_is_empty or (), lambda found: found is None)

    def read(value: Any) -> Any:
        found = find(value)
        return [] if found is MISSING and find_null(value) is None else found

    return read


def _path(spec: ProviderSpec, params: Mapping[str, str]) -> str:
    path = spec.path
    for name in spec.placeholders():
        path = path.replace(f"{{{name}}}", quote(params[name], safe=""))
    return path


def _auth_headers(spec: ProviderSpec, credentials: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    match spec.auth:
        case BearerAuth(credential=name):
            return (("authorization", f"Bearer {credentials[name]}"),)
        case HeaderAuth(headers=headers):
            return tuple((header, credentials[name]) for header, name in headers.items())
        case NoAuth():
            return ()


def _written(raw: RawItem) -> bytes:
    """An item as JSON, in one spelling; nothing where it nests too deep to be written."""
    return b"" if too_deep(raw) else orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)


def _digest(size: int, value: Any) -> bytes:
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=size).digest()
