"""Links to a next page, in the forms that APIs write them: in a body, or in a ``Link`` header (RFC 8288). Pure."""

from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from tests.support.simulated_answers import Query

LinkForm = Literal[
    "absolute", "relative", "query", "other_host", "other_port", "scheme_relative", "user_info", "http_downgrade"
]

#: parameters of noisy links that belong to the pages' looks; the list takes them and does not mind
NOISE = (("locale", "en"), ("tags", "a,b;c"), ("page_hint", "2"))


def link(form: LinkForm, address: str, query: Query) -> str:
    """A link to ``address`` with ``query``."""
    return f"{_FORMS[form](address)}?{urlencode(query, quote_via=quote)}"


def next_query(asked: Mapping[str, str], name: str, token: str) -> Query:
    """The parameters of a call, with ``token`` for the next page."""
    return [*(pair for pair in asked.items() if pair[0] != name and pair not in NOISE), (name, token)]


def noisy(query: Query) -> Query:
    """The same parameters the other way round, among others."""
    return (NOISE[0], *reversed(query), *NOISE[1:])


def header(target: str | None) -> str:
    """A ``Link`` header with that link to the next page, and nothing else."""
    return "" if target is None else f'<{target}>; rel="next"'


def noisy_header(target: str | None, wrong: str) -> str:
    """The same among links to elsewhere (``wrong``), with all that the RFC allows to stand around it."""
    others = [rf'<{wrong}>; rel="first"; title="a, b; rel=\"next\", <{wrong}>"', f"<{wrong}> ;REL = prev;foo"]
    wanted = [] if target is None else [f'<{target}>;title="x;y" ; ReL="last-read NEXT"; rel=prev']
    return " ,, ".join([*others, *wanted, f'<{wrong}>; title="next"; rel="last"'])


def _replaced(address: str, **parts: str) -> str:
    return urlsplit(address)._replace(**parts).geturl()


_FORMS: dict[LinkForm, Callable[[str], str]] = {
    "absolute": lambda address: address,
    "relative": lambda address: urlsplit(address).path,
    "query": lambda address: "",
    "other_host": lambda address: _replaced(address, netloc="elsewhere.test"),
    "other_port": lambda address: _replaced(address, netloc=f"{urlsplit(address).hostname}:9"),
    "scheme_relative": lambda address: _replaced(address, scheme="", netloc="elsewhere.test"),
    "user_info": lambda address: _replaced(address, netloc=f"{urlsplit(address).netloc}@elsewhere.test"),
    "http_downgrade": lambda address: _replaced(address, scheme="http"),
}
