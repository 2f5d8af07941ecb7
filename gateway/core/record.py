"""What values are made of: immutable, equal where all they hold is equal, and cheap, for a page makes a hundred."""

from typing import ClassVar

from msgspec import Struct


class Record(Struct, frozen=True):
    """``unseen`` fields have no ``repr``: what an upstream sent, a token or a cursor must not reach a log with it."""

    unseen: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in self.unseen)
        return f"{type(self).__name__}({', '.join(shown)})"
