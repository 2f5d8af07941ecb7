"""The laws of a walk, by their numbers. Each is a function that raises ``LawBroken``.

====  =====================================================================================================
I1    a walk ends: within the pages that its items need, and a few
I2    a list that stands still: nothing comes twice
I3    a list that stands still: everything comes
I4    a page holds at most what was asked for
I5    the items of a provider come in its own order
I6    a cursor that is replayed gives the same page
I7    the sequence does not depend on how it is cut into pages
I8    nor on which replica gives which page
I9    nor on what is cached
I10   a provider that fails and comes back loses nothing
I11   a cursor that was tampered with is a 400, and no upstream is called
I12   so is another tenant's
I13   a page takes no more upstream calls than its items need, and a bounded number where something is searched
I14   a list that moves: what was there throughout comes exactly once, or what is lost is said, and then at least once
I15   a cursor is never longer than may travel
I16   there is no next page exactly where every provider is read to its end or lost, and ``complete`` says which
====  =====================================================================================================

I7, I8 and I9 are one law here: whatever the limits, the replicas and the caches were, what came is a beginning of the
one fair sequence, as long as nothing happened to a walk.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise, zip_longest

from gateway.listing.codec import MAX_LENGTH
from gateway.listing.search import MAX_SEARCHED
from gateway.listing.stream import MAX_IDLE_NOW
from tests.laws.system import Answer
from tests.laws.walk import FAILED, ClientWalk
from tests.laws.world import COUNTED, Upstream

#: reasons for a loss, and the troubles that may bring it about
CAUSES: Mapping[str, set[str]] = {
    "abandoned": {"failure"},
    "removed": {"configuration"},
    "drifted": {"change"},
    "token_expired": {"change", "tokens"},
}
FINAL = {"abandoned", "removed"}


class LawBroken(AssertionError):
    def __init__(self, law: str, what: str) -> None:
        super().__init__(f"law {law} is broken: {what}")
        self.law = law


def check_answer(walk: ClientWalk, upstreams: Mapping[str, Upstream], elsewhere: set[str], *, attempts: int) -> None:
    """After each answer of a walk. ``elsewhere`` as for ``check_removed``, ``attempts`` as of the system."""
    answer = walk.visits[-1].answer
    if answer.status == 200:
        check_page(walk, upstreams, attempts=attempts)
        check_removed(answer, elsewhere)
        if walk.done:
            check_ended(walk, upstreams)
    elif answer.status == 503:
        check_nothing(walk, answer)
    elif answer.status in FAILED:
        check_failed(walk, answer)
    else:
        raise LawBroken("I8", f"walk {walk.number} got {answer.status} for a cursor that is valid")


def check_page(walk: ClientWalk, upstreams: Mapping[str, Upstream], *, attempts: int) -> None:
    """After each page of a walk."""
    visit = walk.pages[-1]
    answer = visit.answer
    if len(answer.ids) > visit.limit:
        raise LawBroken("I4", f"{len(answer.ids)} items where {visit.limit} were asked for")
    if set(answer.reports) != set(walk.present):
        raise LawBroken("I16", "the page does not speak of exactly the providers of page one")
    _check_cursor(answer)
    _check_end(answer)
    _check_lost(walk, upstreams)
    _check_calls(walk, upstreams, attempts if "failure" in walk.troubles else 1)
    if walk.troubles:
        _check_order(walk, upstreams)
    else:
        _check_sequence(walk, upstreams)


def fair(upstreams: Mapping[str, Upstream]) -> list[str]:
    """One of each in turn."""
    columns = [[f"{name}:{id_}" for id_ in one.listed.ids()] for name, one in sorted(upstreams.items())]
    return [item for row in zip_longest(*columns) for item in row if item is not None]


def _check_sequence(walk: ClientWalk, upstreams: Mapping[str, Upstream]) -> None:
    came, expected = walk.ids, fair({name: upstreams[name] for name in walk.present})
    twice = [id_ for id_, count in Counter(came).items() if count > 1]
    if twice:
        raise LawBroken("I2", f"{twice[0]} came twice")
    for name in walk.present:
        own, ids = walk.of(name), upstreams[name].listed.ids()
        if own != [id_ for id_ in ids if id_ in own]:
            raise LawBroken("I5", f"{name} has the order {ids[: len(own)]}, and {own} came")
    if came != expected[: len(came)]:
        index = next(at for at, pair in enumerate(zip_longest(came, expected)) if pair[0] != pair[1])
        raise LawBroken("I7, I8, I9", f"item {index + 1} is {came[index]} and should be {expected[index : index + 1]}")


def _check_order(walk: ClientWalk, upstreams: Mapping[str, Upstream]) -> None:
    """Of what was there throughout; and nothing twice."""
    for name, present in walk.present.items():
        if name in walk.repeating or (name in walk.changed and not upstreams[name].promised):
            continue
        came = walk.of(name)
        twice = [id_ for id_, count in Counter(came).items() if count > 1]
        if twice:
            raise LawBroken("I14" if name in walk.changed else "I2", f"{name}:{twice[0]} came twice")
        kept = [id_ for id_ in came if id_ in present]
        fell = [after for before, after in pairwise(kept) if present[after] < present[before]]
        if fell:
            raise LawBroken("I5", f"{name}:{fell[0]} came late")


def _check_cursor(answer: Answer) -> None:
    if answer.next_cursor is not None and len(answer.next_cursor) > MAX_LENGTH:
        raise LawBroken("I15", f"a cursor of {len(answer.next_cursor)} characters")


def _check_end(answer: Answer) -> None:
    reports = answer.reports
    left = [
        name for name, one in reports.items() if not one["exhausted"] and one["lost"] not in {"abandoned", "removed"}
    ]
    if (answer.next_cursor is None) != (not left):
        raise LawBroken("I16", f"next_cursor is {answer.next_cursor and 'given'}, and left are {left}")
    wrong = [name for name, one in reports.items() if one["lost"] or one["error"] or one["status"] == "removed"]
    if answer.body["complete"] != (not wrong):
        raise LawBroken("I16", f"complete is {answer.body['complete']}, and wrong are {wrong}")


def _check_lost(walk: ClientWalk, upstreams: Mapping[str, Upstream]) -> None:
    """A loss is never said without a cause, and never forgotten."""
    for name, reason in walk.lost.items():
        kept = upstreams[name].promised or name not in walk.changed
        if reason and kept and not CAUSES[reason] & walk.troubles:
            raise LawBroken("I14", f"{name} is {reason} though nothing happened to it")
    if len(walk.pages) > 1:
        before = walk.pages[-2].answer.reports
        forgotten = [name for name, one in before.items() if one["lost"] and not walk.lost[name]]
        if forgotten:
            raise LawBroken("I16", f"{forgotten[0]} was {before[forgotten[0]]['lost']}, and no page says so any more")


def _check_calls(walk: ClientWalk, upstreams: Mapping[str, Upstream], attempts: int) -> None:
    """``attempts``: calls that one page of a list may take."""
    visit = walk.pages[-1]
    for name, calls in visit.answer.calls.items():
        if name not in walk.present:
            if calls:
                raise LawBroken("I13", f"{calls} calls to {name}, which is no part of the walk")
            continue
        one = upstreams[name]
        behind = 3 * (one.listed.beyond != "empty" and one.style in COUNTED)  # a look at what is said to be there
        pages = 4 + behind + visit.limit // max(1, one.fewest - 1) + MAX_IDLE_NOW * bool(one.listed.empties)
        most = pages * (2 if one.style == "page" or one.fewest == 1 else 1)
        alone = one.fewest == 1 and one.listed.flag == "full"  # said to go on, with nothing that overlaps
        if walk.troubles or one.listed.total == "high" or alone:  # then the end is looked at twice
            most = 3 * pages + (pages + 2) * (2 * MAX_SEARCHED + 4)
        if calls > most * attempts:
            told = f"{calls} calls to {name} for a page of {visit.limit}, where {most * attempts} would do"
            raise LawBroken("I13", told)


def check_replay(
    walk: ClientWalk, index: int, again: Answer, upstreams: Mapping[str, Upstream], *, alike: bool
) -> None:
    """Equal items; equal cursors too, where replicas are ``alike`` and upstreams answer the same call the same way.

    An upstream that cuts its pages otherwise each time puts its empty ones elsewhere, and where there are too many of
    them a page ends: then one is the beginning of the other.
    """
    first = walk.visits[index].answer
    lists = [upstreams[name].listed for name in walk.present]
    if any(one.short and one.empties for one in lists) and _scanning(first) + _scanning(again):
        shorter, longer = sorted((first.ids, again.ids), key=len)
        if again.status != first.status or longer[: len(shorter)] != shorter:
            raise LawBroken("I6", f"page {index + 1} gave {again.status} {again.ids}, which {first.ids} does not begin")
        return
    steady = alike and not any(one.short for one in lists)
    same_cursor = (
        again.next_cursor == first.next_cursor if steady else bool(again.next_cursor) == bool(first.next_cursor)
    )
    if again.status != first.status or again.ids != first.ids or not same_cursor:
        raise LawBroken("I6", f"page {index + 1} gave {again.status} {again.ids} and not {first.status} {first.ids}")


def _scanning(answer: Answer) -> bool:
    return any(one["status"] == "scanning" for one in answer.reports.values())


def check_removed(answer: Answer, elsewhere: set[str]) -> None:
    """What a replica does not have, or has as something else, is said to be removed unless it was read to its end."""
    for name in elsewhere & set(answer.reports):
        one = answer.reports[name]
        if not one["exhausted"] and one["status"] != "removed":
            raise LawBroken("I16", f"{name} is {one['status']}, and this replica does not have it")


def check_refused(law: str, answer: Answer) -> None:
    if answer.status != 400 or any(answer.calls.values()):
        raise LawBroken(law, f"the answer is {answer.status}, and it took {sum(answer.calls.values())} calls")


def check_ended(walk: ClientWalk, upstreams: Mapping[str, Upstream]) -> None:
    """After the last page of a walk."""
    for name, present in walk.present.items():
        reason = walk.lost.get(name, "abandoned")
        if reason in FINAL or (name in walk.changed and not upstreams[name].promised):
            continue
        came = Counter(walk.of(name))
        missing = [id_ for id_ in present if not came[id_]]
        twice = [id_ for id_, count in came.items() if count > 1]
        law = "I14" if name in walk.changed else "I10" if "failure" in walk.troubles else "I3"
        if missing:
            raise LawBroken(law, f"{name}:{missing[0]} was there throughout and never came; lost is {reason}")
        if twice and name not in walk.repeating:
            raise LawBroken(law, f"{name}:{twice[0]} came {came[twice[0]]} times; lost is {reason}")


def check_length(walk: ClientWalk, answers: int, most: int) -> None:
    if answers > most:
        raise LawBroken("I1", f"walk {walk.number} has taken {answers} answers, and is not at its end")


def check_nothing(walk: ClientWalk, answer: Answer) -> None:
    """A 503: everything that is left failed, and the walk goes on from where it stood."""
    failed = [name for name, one in answer.reports.items() if one["error"] or one["status"] == "removed"]
    left = [name for name, one in answer.reports.items() if not one["exhausted"] and one["lost"] != "abandoned"]
    if answer.next_cursor is None or not set(left) <= set(failed):
        raise LawBroken("I16", f"walk {walk.number} got nothing, though only {failed} of {left} failed")


def check_failed(walk: ClientWalk, answer: Answer) -> None:
    """A 502: nothing was ever delivered."""
    if walk.ids or not {"failure", "configuration", "tokens"} & walk.troubles:
        raise LawBroken("I10", f"walk {walk.number} failed, though {len(walk.ids)} items came")


def check_gone(answer: Answer) -> None:
    """A cursor that has outlived its age, or the key that sealed it."""
    if answer.status not in {400, 410} or any(answer.calls.values()):
        raise LawBroken("I11", f"an outlived cursor gave {answer.status}")
