"""One observer out of several."""

from contextlib import suppress

from gateway.core.events import Event, Observer, ObserverFailed


def fan_out(*observers: Observer) -> Observer:
    """Tell each in the order given. One that raises breaks neither the request nor the others, who hear of it."""

    def tell(event: Event) -> None:
        for observer in observers:
            try:
                observer(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, the request matters more
                _report(observer, error)

    def _report(failed: Observer, error: Exception) -> None:
        event = ObserverFailed(observer=_name(failed), reason=type(error).__name__)
        for observer in observers:
            if observer is not failed:
                with suppress(Exception):
                    observer(event)

    return tell


def _name(observer: Observer) -> str:
    return getattr(observer, "__name__", type(observer).__name__)
