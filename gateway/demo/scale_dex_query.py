"""The query parameters of scale-dex, and FastAPI's way to refuse bad ones."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import QueryParams

from gateway.demo.shapes import ENGINES

INTEGERS = {"size": (1, 1000), "page_size": (1, 100)}
ENUMS = {"engine": ENGINES, "sort_order": ("asc", "desc")}
TIMES = ("created_at_start", "created_at_end")
STRINGS = ("continuation_token", "name", "sort_by")
LISTS = ("ids",)
PAGING = ("page_size", "size", "continuation_token", "sort_by", "sort_order")
SORT_FIELDS = ("id", "created_at", "engine", "project_id")
DEFAULT_SIZE = 999

_WHOLE = re.compile(r"\s*[+-]?\d{1,18}(\.0+)?\s*")

Detail = dict[str, Any]


class InvalidQueryError(ValueError):
    def __init__(self, *details: Detail) -> None:
        super().__init__("invalid query")
        self.details = details


@dataclass(frozen=True, slots=True)
class Filters:
    name: str | None
    engine: str | None
    ids: frozenset[str]
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    paged: bool  # False: the answer is a bare list of everything
    page_size: int | None
    token: str | None
    sort_by: str | None
    sort_order: str | None
    filters: Filters


def parse(params: QueryParams) -> Query:
    """All errors are told at once, as FastAPI does."""
    details: list[Detail] = []
    values: dict[str, Any] = {name: params[name] for name in STRINGS if name in params}
    for names, read in ((INTEGERS, _integer), (ENUMS, _member), (TIMES, _moment)):
        for name in names:
            if name in params:
                values[name] = read(name, params[name], details)
    if details:
        raise InvalidQueryError(*details)
    return Query(
        paged=any(name in params for name in PAGING),
        page_size=values.get("page_size", values.get("size")),
        token=values.get("continuation_token"),
        sort_by=values.get("sort_by"),
        sort_order=values.get("sort_order"),
        filters=_filters(values, params.getlist("ids")),
    )


def refusal(name: str, kind: str, message: str, given: str, context: dict[str, Any] | None = None) -> Detail:
    detail: Detail = {"type": kind, "loc": ["query", name], "msg": message, "input": given}
    return detail | ({"ctx": context} if context else {})


def _filters(values: dict[str, Any], ids: list[str]) -> Filters:
    return Filters(
        name=values.get("name"),
        engine=values.get("engine"),
        ids=frozenset(ids),
        start=values.get("created_at_start"),
        end=values.get("created_at_end"),
    )


def _integer(name: str, text: str, details: list[Detail]) -> int | None:
    if not _WHOLE.fullmatch(text):
        message = "Input should be a valid integer, unable to parse string as an integer"
        details.append(refusal(name, "int_parsing", message, text))
        return None
    number = int(text.partition(".")[0])
    low, high = INTEGERS[name]
    if number < low:
        message = f"Input should be greater than or equal to {low}"
        details.append(refusal(name, "greater_than_equal", message, text, {"ge": low}))
    if number > high:
        message = f"Input should be less than or equal to {high}"
        details.append(refusal(name, "less_than_equal", message, text, {"le": high}))
    return number


def _member(name: str, text: str, details: list[Detail]) -> str:
    if text not in ENUMS[name]:
        expected = " or ".join(repr(one) for one in ENUMS[name])
        details.append(refusal(name, "enum", f"Input should be {expected}", text, {"expected": expected}))
    return text


def _moment(name: str, text: str, details: list[Detail]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        reason = "input is too short" if len(text) < len("2024-01-01") else "invalid character in year"
        message = f"Input should be a valid datetime or date, {reason}"
        details.append(refusal(name, "datetime_from_date_parsing", message, text, {"error": reason}))
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
