from gateway.core.events import Event, FlightJoined, ObserverFailed, RequestStarted
from gateway.telemetry.observers import fan_out


class Listener:
    """Keeps what it hears, in a list that several may share."""

    def __init__(self, name: str, heard: list[tuple[str, Event]]) -> None:
        self.name = name
        self.heard = heard

    def __call__(self, event: Event) -> None:
        self.heard.append((self.name, event))


class Deaf:
    def __call__(self, event: Event) -> None:
        raise KeyError(event)


def test_every_observer_hears_every_event_in_order() -> None:
    heard: list[tuple[str, Event]] = []
    tell = fan_out(Listener("first", heard), Listener("second", heard))
    tell(RequestStarted())
    tell(FlightJoined("b3os"))
    assert heard == [
        ("first", RequestStarted()),
        ("second", RequestStarted()),
        ("first", FlightJoined("b3os")),
        ("second", FlightJoined("b3os")),
    ]


def test_one_that_raises_breaks_nothing_and_the_others_hear_of_it() -> None:
    heard: list[tuple[str, Event]] = []
    fan_out(Listener("before", heard), Deaf(), Listener("after", heard))(RequestStarted())
    failed = ObserverFailed("Deaf", "KeyError")
    assert [event for name, event in heard if name == "before"] == [RequestStarted(), failed]
    assert [event for name, event in heard if name == "after"] == [failed, RequestStarted()]


def test_when_all_raise_the_request_still_goes_on() -> None:
    fan_out(Deaf(), Deaf())(RequestStarted())


def test_nobody_at_all_may_listen() -> None:
    fan_out()(RequestStarted())
