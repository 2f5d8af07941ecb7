import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import gateway
from gateway.core.record import Record


def records(kind: type[Record] = Record) -> Iterator[type[Record]]:
    for one in kind.__subclasses__():
        yield one
        yield from records(one)


for _module in pkgutil.walk_packages(gateway.__path__, "gateway."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)


class Shown(Record, frozen=True):
    unseen = frozenset({"token"})

    name: str
    token: str


def test_what_is_unseen_is_in_no_repr() -> None:
    assert repr(Shown("a", "SECRET")) == "Shown(name='a')"
    assert f"{[Shown('a', 'SECRET')]}" == "[Shown(name='a')]"


@pytest.mark.parametrize("kind", sorted(set(records()) - {Shown}, key=str), ids=lambda kind: kind.__qualname__)
def test_only_fields_are_unseen(kind: type[Record]) -> None:
    """A name that is none would hide nothing."""
    assert kind.unseen <= set(kind.__struct_fields__)


@pytest.mark.parametrize("kind", sorted(set(records()) - {Shown}, key=str), ids=lambda kind: kind.__qualname__)
def test_what_upstreams_and_clients_sent_is_unseen(kind: type[Record]) -> None:
    secret = {
        "token",
        "low",
        "high",
        "store",
        "body",
        "compressed",
        "link",
        "next_cursor",
        "next",
        "value",
        "known",
    }
    assert secret & set(kind.__struct_fields__) <= kind.unseen


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Shown("a", "b").name = "c"  # type: ignore[misc]
