"""Strict readers of header fields: what they do not take is not valid."""

import re
from typing import Any

#: a bare item of RFC 8941, section 3.3: decimal, integer, string, token or truth value
_BARE = (
    r"-?\d{1,12}\.\d{1,3}|-?\d{1,15}"
    r'|"(?:[ !#-\[\]-~]|\\["\\])*"'
    r"|[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*"
    r"|\?[01]"
)
_ITEM = re.compile(rf"({_BARE})((?:; *[a-z*][a-z0-9_.*-]*(?:=(?:{_BARE}))?)*)")
_PARAMETER = re.compile(rf"; *([a-z*][a-z0-9_.*-]*)(?:=({_BARE}))?")
_COMMA = re.compile(r"[ \t]*,[ \t]*")

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_METRIC = re.compile(rf"({_TOKEN});dur=(\d+(?:\.\d+)?)")

_FORWARDS = {"bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"}

Parameters = dict[str, Any]


def structured_list(text: str) -> list[tuple[Any, Parameters]]:
    """The items of a structured list (RFC 8941, section 4.2.1) with their parameters; raises ``ValueError``."""
    items, at = [], 0
    while True:
        found = _ITEM.match(text, at)
        if not found:
            raise ValueError(f"no item at {at} of {text!r}")
        items.append((_bare(found[1]), {name: _bare(value) for name, value in _PARAMETER.findall(found[2])}))
        if found.end() == len(text):
            return items
        comma = _COMMA.match(text, found.end())
        if not comma:
            raise ValueError(f"no comma at {found.end()} of {text!r}")
        at = comma.end()


def _bare(text: str) -> Any:
    if text in {"", "?1", "?0"}:
        return text != "?0"
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def cache_status(text: str) -> dict[str, Parameters]:
    """The caches of a ``Cache-Status`` (RFC 9211) and what each did; raises ``ValueError``."""
    caches: dict[str, Parameters] = {}
    for name, parameters in structured_list(text):
        if not isinstance(name, str) or name in caches or not _sensible(parameters):
            raise ValueError(f"not a member: {name}, {parameters}")
        caches[name] = parameters
    return caches


def _sensible(parameters: Parameters) -> bool:
    kinds = {"hit": bool, "fwd": str, "fwd-status": int, "ttl": int, "stored": bool, "collapsed": bool, "detail": str}
    return (
        all(type(value) is kinds[name] for name, value in parameters.items())
        and ("hit" in parameters) != ("fwd" in parameters)
        and parameters.get("fwd", "miss") in _FORWARDS
        and ("fwd" in parameters or not {"fwd-status", "stored", "collapsed"} & parameters.keys())
    )


def server_timing(text: str) -> dict[str, float]:
    """The metrics of a ``Server-Timing`` (W3C) and their milliseconds; raises ``ValueError``."""
    metrics: dict[str, float] = {}
    for metric in text.split(", "):
        found = _METRIC.fullmatch(metric)
        if not found:
            raise ValueError(f"not a metric: {metric!r}")
        metrics[found[1]] = float(found[2])
    return metrics


def next_link(text: str) -> str:
    """The target of the only link, which must lead to the next page (RFC 8288); raises ``ValueError``."""
    found = re.fullmatch(r'<([!#-;=?-Z_a-z~%&]+)>; rel="next"', text)
    if not found:
        raise ValueError(f"not one link: {text!r}")
    return found[1]
