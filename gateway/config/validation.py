"""Values against an options class: the class, or every mistake in the reader's words instead of the validator's.

A value with mistakes is validated again without them, so that what depends on the rest can still be looked at and
everything is reported at once. No message repeats a value.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import reduce
from operator import truediv
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.config.document import Where
from gateway.config.problems import Spot, shown, unknown
from gateway.core.options import Options

M = TypeVar("M", bound=Options)
Model = type[Options]
Loc = tuple[int | str, ...]

MAX_ROUNDS = 4
TRUTH = "true, false, yes, no, on and off are truth values in YAML: where the word itself is meant, put it in quotes"

# where what stands alone is as likely the value as the name
_SECRET = {"credentials", "headers"}
_LIST, _MAPPING = "should be a list", "should be a mapping: lines of the form name: value"
_WHOLE, _NUMBER, _BOOL = "should be a whole number", "should be a number", "should be true or false"
_WORDS = {
    "bool_parsing": _BOOL,
    "bool_type": _BOOL,
    "dict_type": _MAPPING,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "list_type": _LIST,
    "model_attributes_type": _MAPPING,
    "model_type": _MAPPING,
    "tuple_type": _LIST,
}
_MISMATCHES = {*(kind for kind in _WORDS if kind.endswith("_type")), "string_type", "path_type"}


@dataclass(frozen=True, slots=True)
class _Mistake:
    """``name``: what is missing or too much inside ``where``; None where ``where`` itself is wrong."""

    where: Where
    name: str | None
    text: str
    mismatch: bool
    missing: bool

    def place(self) -> Where:
        return self.where if self.name is None else (*self.where, self.name)


def validated(model: type[M], spot: Spot, leave: frozenset[str] = frozenset()) -> M | None:
    """What stands at ``spot`` as ``model``, without its mistakes; None where nothing is left without them.

    ``leave``: names that others look after. Nothing at all stands for an empty mapping.
    """
    value = _input(spot.value(), leave)
    for path in _misplaced_truths(model, value):
        _at(spot, path).tell(TRUTH)
    _remove_all(value, [path for path in _truths(value) if _at(spot, path).known()])
    for _ in range(MAX_ROUNDS):
        try:
            return model.model_validate(value)
        except ValidationError as error:
            mistakes = _mistakes(model, value, error)
            _tell(mistakes, spot)
            _remove_all(value, [mistake.place() for mistake in mistakes if not mistake.missing])
    return None


def _input(value: Any, leave: frozenset[str]) -> Any:
    if value is None:
        return {}
    return deepcopy({name: inner for name, inner in value.items() if name not in leave} if leave else value)


def _at(spot: Spot, path: Where) -> Spot:
    return reduce(truediv, path, spot)


def _tell(mistakes: list[_Mistake], spot: Spot) -> None:
    """Not of what is only too little now because its own mistakes were taken out of it."""
    for mistake in mistakes:
        if _at(spot, mistake.place()).known_inside():
            continue
        if mistake.name is None:
            _at(spot, mistake.where).tell(mistake.text)
        else:
            _at(spot, mistake.where).tell_of(mistake.name, mistake.text)


def _mistakes(model: Model, value: Any, error: ValidationError) -> list[_Mistake]:
    """Without the complaints of those alternatives of a union that another one got further than."""
    errors = error.errors(include_url=False, include_input=True)
    found = [_mistake(model, value, details) for details in errors if _meant_so(model, value, details)]
    places = [mistake.place() for mistake in found]
    return [one for one in found if not (one.mismatch and any(_inside(place, one.place()) for place in places))]


def _meant_so(model: Model, value: Any, details: ErrorDetails) -> bool:
    """Whether a complaint is of the mapping that is meant, where one of several may stand and no tag says which.

    Of names that none of them has, all complain.
    """
    for types, inner, part in _walked(model, value, details["loc"]):
        if _is_alternative(types, part) and isinstance(inner, dict):
            nearest = _nearest(types, inner)
            return nearest.__name__ == part if nearest else details["type"] == "extra_forbidden"
    return True


def _inside(place: Where, around: Where) -> bool:
    return len(place) > len(around) and place[: len(around)] == around


def _mistake(model: Model, value: Any, details: ErrorDetails) -> _Mistake:
    loc, kind, context = details["loc"], details["type"], details.get("ctx", {})
    where = _written(model, value, loc)
    name: str | None = None
    if kind == "missing":
        name = str(loc[-1])
        text = f"{name} is missing; add it{_under(where)}"
    elif kind == "extra_forbidden":
        name, where = str(loc[-1]), where[:-1]
        text = unknown("unknown setting", name, _fields_at(model, value, loc[:-1]))
    elif kind == "union_tag_not_found":
        name = context["discriminator"].strip("'")
        text = f"{name} is missing; add it{_under(where)}"
    elif kind == "union_tag_invalid":
        where = (*where, context["discriminator"].strip("'"))
        text = f"should be one of {context['expected_tags']}"
    elif loc and loc[-1] == "[key]":
        name, where = str(loc[-2]), where[:-1]
        text = f"{'a name here' if _SECRET & set(where) else f'the name {shown(name)}'} {_plain(details)}"
    elif details["input"] is None and _SECRET & set(where[:-1]):
        name, where, text = str(where[-1]), where[:-1], "a name here has no value: write one, or remove it"
    elif kind == "value_error" and isinstance(details["input"], dict):
        where, text = _of_field(where, details["input"], _plain(details))
    else:
        text = _plain(details)
    missing = kind in {"missing", "union_tag_not_found"}
    return _Mistake(where, name, text, kind in _MISMATCHES, missing)


def _of_field(where: Where, value: Mapping[str, Any], text: str) -> tuple[Where, str]:
    """The place of what a mapping's own rule says, and the text: of the field that it names first, where it does."""
    field, _, rest = text.partition(" ")
    return ((*where, field), rest) if field in value else (where, text)


def _under(where: Where) -> str:
    return f" under {where[-1]}" if where and isinstance(where[-1], str) else ""


def _plain(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in {"string_type", "path_type"}:
        return _no_text(details["input"])
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return f"is too short: at least {context['min_length']} must stand here"
    if kind == "too_long":
        return f"is too long: at most {context['max_length']} may stand here"
    if kind == "string_pattern_mismatch":
        return f"is not of the form that is needed here: {context['pattern']}"
    message = _WORDS.get(kind) or details["msg"].removeprefix("Input ").removeprefix("String ")
    return message.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")


def _no_text(value: Any) -> str:
    if value is None:
        return "is empty: write a value, or remove it"
    if isinstance(value, bool):
        return TRUTH
    return "should be text: put it in quotes" if isinstance(value, int | float) else "should be text"


def _written(model: Model, value: Any, loc: Loc) -> Where:
    """``loc`` without the steps that only the validator knows: the alternatives of a union."""
    where: Where = ()
    types: set[Any] = {model}
    for part in loc:
        held = {} if _is_tag(types, part) else dict(_held(value))
        types = _step(types, part, tagged=True)
        if part in held:
            value, where = held[part], (*where, part)
    return where


def _held(value: Any) -> Iterable[tuple[int | str, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _remove_all(value: Any, places: list[Where]) -> None:
    """Take what stands at ``places`` out of ``value``; of a list, nothing stays."""
    for place in places:
        _remove(value, place)


def _remove(value: Any, place: Where) -> None:
    if not place or not isinstance(value, dict) or place[0] not in value:
        return
    inner = value[place[0]]
    if len(place) == 1 or isinstance(inner, list):
        del value[place[0]]
    else:
        _remove(inner, place[1:])


def _truths(value: Any, where: Where = ()) -> Iterator[Where]:
    """Where truth values stand in ``value``."""
    if isinstance(value, bool):
        yield where
    for part, inner in _held(value):
        yield from _truths(inner, (*where, part))


def _misplaced_truths(model: Model, value: Any) -> list[Where]:
    """Where a truth value stands that would otherwise be taken for 1 or 0, or is refused as text."""
    root: set[Any] = {model}
    found = [(path, reduce(_step, path, root)) for path in _truths(value)]
    return [path for path, types in found if types and bool not in types]


def _fields_at(model: Model, value: Any, loc: Loc) -> set[str]:
    """The names that may stand at ``loc``, for those who slipped in typing one."""
    found: set[Any] = {model}
    for types, inner, part in _walked(model, value, loc):
        nearest = _nearest(types, inner) if _is_alternative(types, part) else None
        found = {nearest} if nearest else _step(types, part, tagged=True)
    return {name for one in _models(found) for name in one.model_fields}


def _walked(model: Model, value: Any, loc: Loc) -> Iterator[tuple[set[Any], Any, int | str]]:
    """Each step of ``loc``, with the types that may stand before it and what does stand there."""
    types: set[Any] = {model}
    for part in loc:
        yield types, value, part
        value = value if _is_tag(types, part) else dict(_held(value)).get(part, value)
        types = _step(types, part, tagged=True)


def _nearest(types: set[Any], value: Mapping[str, Any]) -> Model | None:
    """Of the mappings that may stand here, the one with most of the names that are written; None: nobody has any."""
    fits = {one: len(one.model_fields.keys() & value.keys()) for one in _models(types)}
    nearest = min(fits, key=lambda one: (-fits[one], one.__name__))
    return nearest if fits[nearest] else None


def _step(types: set[Any], part: int | str, *, tagged: bool = False) -> set[Any]:
    """The types, without their wrappings, that may stand under ``part`` of a value of one of ``types``.

    ``tagged``: ``part`` may be a step of the validator's own, which leads no deeper.
    """
    models = _models(types)
    if tagged and _is_tag(types, part):
        return {one for one in models if part in _tags(one)}
    fields = [one.model_fields[part].annotation for one in models if part in one.model_fields]
    if fields:
        return set().union(*map(_unwrapped, fields))
    return types if tagged and any(one.__name__ == part for one in models) else types - models


def _is_tag(types: set[Any], part: int | str) -> bool:
    """Whether ``part`` says which alternative of a tagged union was taken."""
    models = _models(types)
    return len(models) > 1 and any(part in _tags(one) for one in models)


def _is_alternative(types: set[Any], part: int | str) -> bool:
    """Whether ``part`` says which of several mappings without a tag was tried."""
    models = _models(types)
    return len(models) > 1 and any(one.__name__ == part for one in models)


def _models(types: set[Any]) -> set[Model]:
    return {one for one in types if isinstance(one, type) and issubclass(one, Options)}


def _tags(model: Model) -> set[Any]:
    annotations = [field.annotation for field in model.model_fields.values()]
    return {tag for one in annotations if get_origin(one) is Literal for tag in get_args(one)}


def _unwrapped(annotation: Any) -> set[Any]:
    """The classes inside unions, lists and mappings: of ``dict[str, A] | tuple[B, ...] | None``, those of A and B."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None or origin is Literal:
        return {annotation}
    if isinstance(origin, type) and issubclass(origin, Mapping | dict):
        return _unwrapped(arguments[1])
    if hasattr(annotation, "__metadata__"):
        return _unwrapped(arguments[0])
    return set().union(*(_unwrapped(argument) for argument in arguments))
