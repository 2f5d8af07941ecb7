"""Whether the total that clients are shown says how many items there are."""

from collections.abc import Iterator

from gateway.conformance import clues
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, counted, error, ok, warning
from gateway.provider.ends import count
from gateway.provider.pagination import TotalEnd
from gateway.provider.paths import first_of


def total(evidence: Evidence) -> Iterator[Finding]:
    paths, rule = evidence.spec.response.total, getattr(evidence.declared.pagination, "end", None)
    if paths is None or not evidence.walk or not evidence.orderly:
        return
    if isinstance(rule, TotalEnd) and rule.total == paths:
        return  # told with the end
    if not evidence.whole and evidence.walk.end != "cut":
        return  # as many as came before the walk broke off
    value, came = evidence.walk.last.value, len(evidence.items)
    stated, declared = count(first_of(paths)(value)), f"total: {paths if isinstance(paths, str) else ', '.join(paths)}"
    if stated is None:
        others = clues.counts(value, came)
        remedy = f"total: {next(iter(others))}" if others else "leave total out"
        held = f"; it has {', '.join(others)}" if others else ""
        make = error if others else warning
        yield make("response.total", f"no whole number there{held}", declared=declared, remedy=remedy)
    elif evidence.whole and stated != came:
        seen = f"it says {stated}, {came} items came"
        yield warning("response.total", seen, declared=declared, remedy=_other(value, came))
    elif stated < came:
        seen = f"it says {stated}, {came} items came within the bound of this probe"
        yield warning("response.total", seen, declared=declared, remedy=_other(value, came))
    else:
        said = (
            counted(stated, "item")
            if evidence.whole
            else f"it says {stated}, {came} items came within the bound of this probe"
        )
        yield ok("response.total", said, declared=declared)


def _other(value: object, came: int) -> str:
    exact = [path for path, number in clues.counts(value).items() if number == came]
    return f"total: {exact[0]}" if exact else "leave total out where it counts something else"
