"""Keyset paging in the manner of sqlakeyset: a token names the item it stands at, not a position."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from random import Random
from typing import Any, Literal

import orjson

from gateway.demo.corpus import Corpus, Item
from gateway.demo.order import shuffled

Ties = Literal["id_asc", "id_desc", "shuffled"]

_KEYS: dict[str, tuple[Callable[[Item], Any], Callable[[str], Any]]] = {
    "id": (lambda item: item.id, str),
    "created_at": (lambda item: item.created, datetime.fromisoformat),
    "engine": (lambda item: item.fields["engine"], str),
    "project_id": (lambda item: item.fields["project_id"], str),
    "place": (lambda item: item.place, Fraction),
    "chance": (lambda _item: 0, int),
}
_CHECK = 6


class BadTokenError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Sort:
    by: str
    descending: bool
    ties: Ties

    def key(self, item: Item) -> Any:
        return _KEYS[self.by][0](item)

    def arrange(self, corpus: Corpus, keep: Callable[[Item], bool], key: Hashable, random: Random) -> list[Item]:
        """The items to page through; ``key`` tells this ``keep`` from others."""
        if self.ties == "shuffled" or self.by == "chance":
            return self._sorted(shuffled([item for item in corpus if keep(item)], random))
        return corpus.view((self, key), lambda: self._sorted(self._by_id(corpus, keep)))

    def _by_id(self, corpus: Corpus, keep: Callable[[Item], bool]) -> list[Item]:
        return sorted(filter(keep, corpus), key=lambda item: item.id, reverse=self.ties == "id_desc")

    def _sorted(self, items: list[Item]) -> list[Item]:
        return sorted(items, key=self.key, reverse=self.descending)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a sorted list: next to one item, looking forward or back."""

    by: str
    descending: bool
    key: str
    id: str
    back: bool = False
    issued: float | None = None
    serial: int | None = None

    def index(self, items: list[Item], sort: Sort) -> int:
        """How many items are on the near side of the mark, the marked one counted when looking forward."""
        for index, item in enumerate(items):
            if item.id == self.id:
                return index + (not self.back)
        key = _KEYS[self.by][1](self.key)
        return sum(self._precedes(item, key, sort) for item in items)

    def _precedes(self, item: Item, key: Any, sort: Sort) -> bool:
        own = sort.key(item)
        if own != key:
            return bool((own > key) if sort.descending else (own < key))
        return (item.id > self.id) if sort.ties == "id_desc" else (item.id < self.id)


def mark(item: Item, sort: Sort, **more: Any) -> Mark:
    return Mark(sort.by, sort.descending, str(sort.key(item)), item.id, **more)


def seal(place: Mark) -> str:
    body = orjson.dumps(list(asdict(place).values()))
    return base64.urlsafe_b64encode(_check(body) + body).decode()


def unseal(token: str) -> Mark:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadTokenError("not base64") from error
    if raw[:_CHECK] != _check(raw[_CHECK:]):
        raise BadTokenError("not a token of this server")
    return Mark(*orjson.loads(raw[_CHECK:]))


def _check(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECK, key=b"scale-dex demo").digest()
