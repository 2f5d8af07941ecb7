"""How an upstream may fail, by name."""

from collections.abc import Callable, Mapping

from tests.support.simulated_answers import Drop, Fault, Hang

Faulty = Callable[[int], Fault | Exception | None]


def _always(fault: Fault | Exception) -> Faulty:
    return lambda _: fault


def _at_times(fault: Fault | Exception, every: int) -> Faulty:
    return lambda call: fault if call % every == 0 else None


FAULTS: Mapping[str, Faulty] = {
    "500": _always(Fault(500)),
    "429": _always(Fault(429, {"retry-after": "7"})),
    "401": _always(Fault(401)),
    "404": _always(Fault(404)),
    "400": _always(Fault(400)),
    "not JSON": _always(Fault(200, {}, b"<html>")),
    "no list": _always(Fault(200, {}, b"{}")),
    "hanging": _always(Hang()),
    "dropped": _always(Drop()),
    "500 at every second call": _at_times(Fault(500), 2),
    "hanging at every third call": _at_times(Hang(), 3),
}
