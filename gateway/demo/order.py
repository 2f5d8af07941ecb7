"""The orders a server may list its items in when its document does not say."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Literal

from gateway.demo.corpus import Corpus, Item

Order = Literal["insertion", "newest", "oldest", "shuffled_ties", "random"]


def arrange(corpus: Corpus, order: Order, random: Random) -> list[Item]:
    """``shuffled_ties`` (newest first, equal times anyhow) and ``random`` differ from call to call."""
    if order == "random":
        return shuffled(list(corpus), random)
    if order == "shuffled_ties":
        return sorted(shuffled(list(corpus), random), key=_created, reverse=True)
    return corpus.view(order, _STABLE[order](corpus))


def shuffled(items: list[Item], random: Random) -> list[Item]:
    random.shuffle(items)
    return items


def _created(item: Item) -> datetime:
    return item.created


_STABLE: dict[str, Callable[[Corpus], Callable[[], list[Item]]]] = {
    "insertion": lambda corpus: lambda: list(corpus),
    "newest": lambda corpus: lambda: sorted(corpus, key=lambda item: item.created, reverse=True),
    "oldest": lambda corpus: lambda: sorted(corpus, key=lambda item: item.created),
}
