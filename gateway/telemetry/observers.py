"""One observer out of several."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gateway.core.events import Event, Observer, ObserverFailed

Hear = Callable[[Any], None]


def fan_out(*observers: Observer) -> Observer:
    """Tell each in the order given. One that raises breaks neither the request nor the others, who hear of it.

    An observer with a method ``handler_of`` is asked once for each kind of event what hears it, if anything does.
    """
    table: dict[type[Event], list[tuple[Observer, Hear]]] = {}

    def tell(event: Event) -> None:
        hearing = table.get(type(event))
        if hearing is None:
            hearing = table[type(event)] = _hearing(observers, type(event))
        for observer, hear in hearing:
            try:
                hear(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, the request matters more
                _report(observer, error)

    def _report(failed: Observer, error: Exception) -> None:
        event = ObserverFailed(observer=_name(failed), reason=type(error).__name__)
        for observer in observers:
            if observer is not failed:
                with suppress(Exception):
                    observer(event)

    return tell


def _hearing(observers: tuple[Observer, ...], kind: type[Event]) -> list[tuple[Observer, Hear]]:
    handlers = [(one, one.handler_of(kind) if hasattr(one, "handler_of") else one) for one in observers]
    return [(observer, hear) for observer, hear in handlers if hear is not None]


def _name(observer: Observer) -> str:
    return getattr(observer, "__name__", type(observer).__name__)
