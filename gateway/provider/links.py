"""Reading the ``Link`` header (RFC 8288, section 3): targets by their relation. Pure; nothing is ever followed."""

import re
from collections.abc import Callable, Mapping

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.paths import MISSING

_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAM = re.compile(r"""\s*;\s*(?:([!#$%&'*+\-.^_`|~\w]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?""", re.ASCII)


def linked(header: str, rel: str) -> Callable[[Mapping[str, str]], object]:
    """A function from headers (names in lower case) to the first link with that relation, or ``MISSING``."""
    name, wanted = header.lower(), rel.lower()

    def find(headers: Mapping[str, str]) -> object:
        return next((target for target, rels in _links(headers.get(name, "")) if wanted in rels), MISSING)

    return find


def _links(value: str) -> list[tuple[str, list[str]]]:
    """Targets and their relations, in lower case. Raises ``UpstreamError`` (``malformed``), lest it be the end."""
    found, at = [], 0
    while target := _TARGET.match(value, at):
        at, rels = target.end(), None
        while param := _PARAM.match(value, at):
            at = param.end()
            if (param[1] or "").lower() == "rel" and rels is None:  # the first counts (section 3.3)
                rels = re.sub(r"\\(.)", r"\1", param[2]) if param[2] is not None else param[3] or ""
        found.append((target[1].strip(), (rels or "").lower().split()))
    if value[at:].strip(" \t,"):
        raise UpstreamError(FailureCode.MALFORMED, "the header with the link to the next page cannot be read")
    return found
