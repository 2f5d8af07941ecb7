"""One question each, from evidence to findings. Pure.

What cannot be told because something else is wrong is not asked: one mistake should be one finding.
"""

from collections.abc import Callable, Iterable

from gateway.conformance.checks import end, items, mapping, order, place, reach, size, total
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, Level
from gateway.conformance.position import BROKEN, verdict

Check = Callable[[Evidence], Iterable[Finding]]

_OF_ITEMS: tuple[Check, ...] = (reach.answered, items.found, items.told_apart, mapping.fields)
_OF_PAGES: tuple[Check, ...] = (order.repeated, size.asked, size.largest, place.place)
_OF_THE_WALK: tuple[Check, ...] = (place.overlap, end.end, total.total, order.by_size, order.once, order.sorted_as_said)


def findings(evidence: Evidence) -> list[Finding]:
    """In the order of the questions."""
    if evidence.start is None:
        return list(reach.reached(evidence))
    checks = [*_OF_ITEMS]
    if not evidence.page_one.items:
        return [*_asked(checks[:2], evidence), reach.empty(evidence)]
    if evidence.fatal:
        return [*_asked(checks, evidence), reach.broken_off(evidence, evidence.fatal)]
    checks += _OF_PAGES
    if verdict(evidence) not in BROKEN:
        checks += _OF_THE_WALK
    return _asked(checks, evidence)


def _asked(checks: Iterable[Check], evidence: Evidence) -> list[Finding]:
    return [finding for check in checks for finding in check(evidence)]


def holds(found: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.level is not Level.ERROR for finding in found)
