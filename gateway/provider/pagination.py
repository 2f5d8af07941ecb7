"""How the pages of an upstream list follow one another: six styles, as data.

======== ============================================ ===================================================
style     the next page is asked for by                its end
======== ============================================ ===================================================
offset    how many items to skip                       ``flag``, ``total``, ``short_page``, ``empty_page``
page      its number                                   the same, ``page_count``
token     a token from the answer                      ``no_token``, ``flag``, ``empty_page``
last_item the last item's id (or another field)        ``flag``, ``short_page``, ``empty_page``
link      parameters of the answer's link to it        there is no link
single    nothing: there is one page                   its end
======== ============================================ ===================================================

Every list has exactly one rule for its end, and nothing else ends it: neither a short page nor a total, unless they
are the rule.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gateway.core.options import Options
from gateway.provider.paths import Path, Paths

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-\[\]$]*$", max_length=64)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")]


class FlagEnd(Options):
    """The list says itself whether more follows; where it does not say, a page without anything new is the end.

    With tokens: where it does not say, the token decides; a flag that promises more without a token is malformed.
    """

    rule: Literal["flag"]
    has_more: Paths


class EmptyPageEnd(Options):
    """Only a page without anything new is the end."""

    rule: Literal["empty_page"]


class ShortPageEnd(Options):
    """A page with fewer items than were asked for is the last, unless `response.total` says that more follow."""

    rule: Literal["short_page"]


class TotalEnd(Options):
    """The end is where as many items were read as the list says it has; where it does not say, as `empty_page`."""

    rule: Literal["total"]
    total: Paths


class PageCountEnd(Options):
    """The list says how many pages it has; where it does not say, as `empty_page`."""

    rule: Literal["page_count"]
    pages: Paths


class NoTokenEnd(Options):
    """The page without a next token is the last."""

    rule: Literal["no_token"]


OffsetEnd = Annotated[FlagEnd | TotalEnd | ShortPageEnd | EmptyPageEnd, Field(discriminator="rule")]
PageEnd = Annotated[FlagEnd | PageCountEnd | TotalEnd | ShortPageEnd | EmptyPageEnd, Field(discriminator="rule")]
TokenEnd = Annotated[NoTokenEnd | FlagEnd | EmptyPageEnd, Field(discriminator="rule")]
LastItemEnd = Annotated[FlagEnd | ShortPageEnd | EmptyPageEnd, Field(discriminator="rule")]
End = FlagEnd | TotalEnd | ShortPageEnd | EmptyPageEnd | PageCountEnd | NoTokenEnd


class HeaderSource(Options):
    """A response header that holds the value."""

    header: HeaderName


class BodyLink(Options):
    """Where the answer holds the address of the next page."""

    body: Paths


class HeaderLink(Options):
    """The response header with links (RFC 8288), and the relation of the one to the next page."""

    header: HeaderName = "Link"
    rel: str = Field(default="next", min_length=1, max_length=64)


class Sized(Options):
    """What every style that has pages says of their size."""

    limit: Name | None = None
    """Query parameter that asks for this many items; left out where the size cannot be chosen."""
    page_size: int = Field(ge=1, le=10_000)
    """Items that are asked for, or, where the size cannot be chosen, that come."""
    max_page_size: int | None = Field(default=None, ge=1, le=10_000)
    """The largest size the API states; left out where it states none."""

    @model_validator(mode="after")
    def _size_is_within_bounds(self) -> Self:
        if self.max_page_size is not None and self.page_size > self.max_page_size:
            raise ValueError(f"page_size is above max_page_size ({self.max_page_size}): lower it")
        return self


class OffsetPagination(Sized):
    style: Literal["offset"]
    offset: Name
    """Query parameter that skips this many items."""
    overlap: int = Field(default=1, ge=0, le=8)
    """Items of the former page that are asked for again with the next one, to see whether the list has moved."""
    end: OffsetEnd


class PagePagination(Sized):
    style: Literal["page"]
    page: Name
    """Query parameter that takes the page's number."""
    first: Literal[0, 1] = 1
    """The number of the first page."""
    reread: bool = True
    """Read the page before again at every step, to see whether the list has moved."""
    end: PageEnd


class TokenPagination(Sized):
    style: Literal["token"]
    token: Name
    """Query parameter that takes the token."""
    next: Paths | HeaderSource
    """Where the answer holds the token of the next page: a path, or `{header: name}`. Null and absent: none."""
    end_tokens: tuple[str, ...] = ("",)
    """Texts that mean that there is no token."""
    end_on_repeated_token: bool = False
    """True where a page that names itself as the next is the last; else it is a loop, and an error."""
    single_use: bool = False
    """True where a token works only once: then no page is asked for before a walk needs it."""
    end: TokenEnd = NoTokenEnd(rule="no_token")


class LastItemPagination(Sized):
    style: Literal["last_item"]
    after: Name
    """Query parameter that takes the last item's key: the page starts behind it."""
    key: Path
    """Where an item holds its key."""
    overlap: int = Field(default=1, ge=0, le=1)
    """1: pages start at the last item of the former one, to see that the server still knows where that is."""
    end: LastItemEnd


class LinkPagination(Sized):
    style: Literal["link"]
    link: BodyLink | HeaderLink
    params: tuple[Name, ...] = Field(min_length=1, max_length=8)
    """Parameters that are taken from the link. Nothing else of it is used, its host and path least of all."""
    single_use: bool = False
    """True where a link works only once: then no page is asked for before a walk needs it."""


class SinglePagination(Options):
    style: Literal["single"]
    page_size: int = Field(default=10_000, ge=1, le=10_000)
    """The most that will come. Nothing is asked for."""

    @property
    def max_page_size(self) -> int:
        return self.page_size


Pagination = Annotated[
    OffsetPagination | PagePagination | TokenPagination | LastItemPagination | LinkPagination | SinglePagination,
    Field(discriminator="style"),
]
