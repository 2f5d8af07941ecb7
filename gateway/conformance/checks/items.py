"""Whether there are items, and whether they can be told apart."""

from collections import Counter
from collections.abc import Iterator

from gateway.conformance.evidence import Evidence
from gateway.conformance.fields import identifiers
from gateway.conformance.finding import Finding, counted, error, ok, warning
from gateway.conformance.sample import Sample
from gateway.core.store import RawItem
from gateway.provider.mapping import identity
from gateway.provider.paths import getter


def found(evidence: Evidence) -> Iterator[Finding]:
    paths = evidence.spec.response.items
    declared = f"items: {paths if isinstance(paths, str) else ', '.join(paths)}"
    yield ok("response.items", f"{counted(len(evidence.page_one.items), 'item')} on the first page", declared=declared)


def told_apart(evidence: Evidence) -> Iterator[Finding]:
    """Whether every item has an id of its own, on each page."""
    items, path = evidence.items, evidence.spec.item.id
    declared, get = f"id: {path}", getter(path)
    refused = sum(evidence.store(item) is None for item in items)
    repeated = _repeated_on_a_page(evidence)
    if refused == len(items):
        seen = f"none of {len(items)} items has an id there, so the gateway would refuse them all"
        yield error("item.id", seen, declared=declared, remedy=_other(path, items))
    elif refused:
        seen = f"{refused} of {len(items)} items have no id there; the gateway would refuse them"
        yield warning("item.id", seen, declared=declared, remedy=_other(path, items))
    elif repeated:
        distinct = len({identity(get, item) for item in items})
        seen = f"{len(items)} items have {distinct} ids: an id stands on one page more than once"
        yield error("item.id", seen, declared=declared, remedy=_other(path, items))
    else:
        yield ok("item.id", f"each of {len(items)} items has its own", declared=declared)


def _repeated_on_a_page(evidence: Evidence) -> bool:
    """Of different items: the same item twice is a matter of order."""
    samples = evidence.walk.samples if evidence.walk else (evidence.page_one,)
    return any(_repeats(evidence, sample) for sample in samples)


def _repeats(evidence: Evidence, sample: Sample) -> bool:
    get = getter(evidence.spec.item.id)
    distinct = {evidence.known(item): identity(get, item) for item in sample.items}
    counted = Counter(one for one in distinct.values() if one is not None)
    return any(count > 1 for count in counted.values())


def _other(path: str, items: list[RawItem]) -> str:
    others = [other for other in identifiers(items) if other != path][:3]
    if not others:
        return "no field of the items is different in each of them"
    return f"id: {others[0]}" + (f" (also different in each: {', '.join(others[1:])})" if others[1:] else "")
