"""Lists whose pages lead to one another: by a token, by the last item, or by a link."""

from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.ends import goes_on, token_end, whether_more
from gateway.provider.links import linked
from gateway.provider.page import PageToken
from gateway.provider.pagination import (
    BodyLink,
    EmptyPageEnd,
    HeaderSource,
    LastItemPagination,
    LinkPagination,
    TokenPagination,
)
from gateway.provider.paging import Answer, Query, Step, Traits, sized
from gateway.provider.paths import MISSING, first_of, getter

#: characters; a longer token is refused
MAX_TOKEN = 4096
#: parameters of a link; one with more is refused
MAX_PARAMETERS = 100

#: what stands in a query as it is (RFC 3986, section 3.4); the percent sign because it is one's beginning already
_QUERY_MARKS = "!$&'()*+,;=:@/?%"


class TokenPaginator:
    """The answer holds the token of the next page."""

    def __init__(self, spec: TokenPagination, size: int) -> None:
        self.traits = Traits(single_use=spec.single_use)
        self._token = spec.token
        self._size = sized(spec, size)
        self._next = spec.next.header.lower() if isinstance(spec.next, HeaderSource) else first_of(spec.next)
        self._end_tokens = frozenset(spec.end_tokens)
        self._repeated_ends = spec.end_on_repeated_token
        self._more = token_end(spec.end)
        self._empty_ends = isinstance(spec.end, EmptyPageEnd)

    def query(self, token: PageToken | None) -> Query:
        return self._size if token is None else (*self._size, (self._token, str(token)))

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        more = self._more(answer)
        if more is False:
            return None
        found = self._found(answer)
        if found is None:
            if more:
                raise UpstreamError(FailureCode.MALFORMED, "more is said to follow, and there is no next token")
            return None
        if found == token:
            if self._repeated_ends:
                return None
            raise UpstreamError(FailureCode.LOOP, "a page whose next token is its own")
        return Step(found, promised=not self._empty_ends)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del token, size
        return None

    def _found(self, answer: Answer) -> str | None:
        source = self._next
        found = answer.headers.get(source, MISSING) if isinstance(source, str) else source(answer.value)
        if found is MISSING or found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise UpstreamError(FailureCode.MALFORMED, "the next token is neither text nor a whole number")
        token = _bounded(str(found))
        return None if token in self._end_tokens else token


class LastItemPaginator:
    """The next page starts behind an item, which the token names.

    With an overlap that is the last but one, so that the page must start with the last: a server that no longer knows
    the item, and starts all over or says that nothing follows, is noticed.
    """

    def __init__(self, spec: LastItemPagination, size: int) -> None:
        self.traits = Traits(overlap=spec.overlap, keyed=True, meaning=(spec.key,))
        self._after = spec.after
        self._key = getter(spec.key)
        self._size = sized(spec, size)
        self._more = whether_more(spec.end, size, total=None)

    def query(self, token: PageToken | None) -> Query:
        return self._size if token is None else (*self._size, (self._after, str(token)))

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        received = len(answer.items)
        more = self._more(answer, received)
        if not goes_on(more, received):
            return None
        following, overlap = self._last(answer)
        if following == token:
            raise UpstreamError(FailureCode.LOOP, "a page that ends where it starts")
        return Step(following, overlap, promised=more is True)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del token, size
        return None

    def _last(self, answer: Answer) -> tuple[str, int]:
        """The key of the last item that can be named and is not to come again, and how many stand behind it."""
        items = answer.items
        for index in range(max(0, len(items) - 1 - self.traits.overlap), -1, -1):
            if (key := _key(self._key(items[index]))) is not None:
                return key, len(items) - 1 - index
        raise UpstreamError(FailureCode.MALFORMED, "no item of the page has the key that the next page starts behind")


class LinkPaginator:
    """The answer links to the next page. The token is the declared parameters, to the letter as they are in that link.

    Decoding and encoding them again could change them: whether a plus is a space is for the server to say.
    """

    def __init__(self, spec: LinkPagination, size: int) -> None:
        self.traits = Traits(single_use=spec.single_use, meaning=spec.params)
        self._params = spec.params
        self._size = sized(spec, size)
        link = spec.link
        self._link = first_of(link.body) if isinstance(link, BodyLink) else linked(link.header, link.rel)
        self._in_body = isinstance(link, BodyLink)

    def query(self, token: PageToken | None) -> Query:
        taken = tuple(token.split("&")) if isinstance(token, str) else ()
        names = set(map(_named, taken))
        return (*(pair for pair in self._size if pair[0] not in names), *taken)

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        link = self._link(answer.value if self._in_body else answer.headers)
        if link is MISSING or link is None or link == "":
            return None
        if not isinstance(link, str):
            raise UpstreamError(FailureCode.MALFORMED, "the link to the next page is not text")
        following = _bounded(self._taken(link))
        if following == token:
            raise UpstreamError(FailureCode.LOOP, "a page that links to itself")
        return Step(following)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del token, size
        return None

    def _taken(self, link: str) -> str:
        try:
            given = quote(urlsplit(link).query, safe=_QUERY_MARKS).split("&")
        except ValueError:
            raise UpstreamError(FailureCode.MALFORMED, "the link to the next page is no address") from None
        if len(given) > MAX_PARAMETERS:
            raise UpstreamError(FailureCode.MALFORMED, f"a link with more than {MAX_PARAMETERS} parameters")
        taken = [one for name in self._params for one in given if _named(one) == name]
        if not taken:
            raise UpstreamError(FailureCode.MALFORMED, "the link to the next page has none of the declared parameters")
        return "&".join(taken)


def _named(parameter: str) -> str:
    """The name of a parameter as it stands in a query."""
    return unquote_plus(parameter.partition("=")[0])


def _key(found: Any) -> str | None:
    """An item's key as text, where it can be sent as a token."""
    if isinstance(found, bool) or not isinstance(found, str | int) or not 0 < len(str(found)) <= MAX_TOKEN:
        return None
    return str(found)


def _bounded(token: str) -> str:
    if len(token) > MAX_TOKEN:
        raise UpstreamError(FailureCode.MALFORMED, f"the next token is longer than {MAX_TOKEN} characters")
    return token
