"""The examples of specs under config/providers/: they load in every way they show, and show all there is."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from gateway.core.options import Options
from gateway.provider.pagination import Pagination
from gateway.provider.spec import ProviderSpec
from tests.config.writing import loaded, written

FOLDER = Path(__file__).parents[2] / "config/providers"
EXAMPLES = sorted(FOLDER.iterdir())
EXAMPLE = FOLDER / "example.yaml"
EACH = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)

#: what may stand in place of the line that is in force
ALTERNATIVE = re.compile(r"^  # ((end|link|next): .*)$", re.MULTILINE)
STYLES: dict[str, Any] = {
    get_args(style.model_fields["style"].annotation)[0]: style for style in get_args(get_args(Pagination)[0])
}
#: what has a default that examples state
DEFAULTED = {"overlap", "first", "reread", "end_on_repeated_token", "single_use"}


def every_way(text: str) -> list[str]:
    """A spec as it stands, and once with each of the lines behind a comment sign in place of the one of its name."""
    ways = [text]
    for line, name in ALTERNATIVE.findall(text):
        ways.append(re.sub(rf"^  {name}: .*$", f"  {line}", text, flags=re.MULTILINE))
    return ways


def arms(annotation: Any) -> set[type]:
    """The classes in an annotation."""
    if isinstance(annotation, type):
        return {annotation}
    return set().union(*map(arms, get_args(annotation)))


def shown(style: str) -> list[Any]:
    """What the examples say of the pages of a style: each way they show, those behind a comment sign too."""
    texts = [text for path in EXAMPLES for text in every_way(path.read_text())]
    specs = [ProviderSpec.model_validate(yaml.safe_load(text)) for text in texts]
    return [spec.pagination for spec in specs if spec.pagination.style == style]


def test_the_example_of_a_spec_shows_every_setting() -> None:
    assert set(yaml.safe_load(EXAMPLE.read_text())) == set(ProviderSpec.model_fields)
    spec = ProviderSpec.model_validate(yaml.safe_load(EXAMPLE.read_text()))
    assert spec.item.model_fields_set == set(type(spec.item).model_fields)


def test_there_is_an_example_of_every_style() -> None:
    assert len(EXAMPLES) == len(STYLES)
    assert all(map(shown, STYLES))


@pytest.mark.parametrize("style", STYLES)
def test_the_example_of_a_style_shows_every_setting_of_it(style: str) -> None:
    for pagination in shown(style):
        assert pagination.model_fields_set == set(STYLES[style].model_fields)


@pytest.mark.parametrize("style", STYLES)
def test_the_example_of_a_style_shows_every_alternative_of_it(style: str) -> None:
    """Every rule for the end, every source of a token or a link."""
    for name, field in STYLES[style].model_fields.items():
        alternatives = {one for one in arms(field.annotation) if issubclass(one, Options)}
        assert alternatives <= {type(getattr(pagination, name)) for pagination in shown(style)}, name


@EACH
def test_an_example_of_a_spec_loads_in_every_way_it_shows(path: Path, tmp_path: Path) -> None:
    for text in every_way(path.read_text()):
        written(tmp_path, text, "own.yaml")
        spec = ProviderSpec.model_validate(yaml.safe_load(text))
        bound = {
            "params": dict.fromkeys(spec.placeholders(), "x"),
            "credentials": dict.fromkeys(spec.credential_names(), "x"),
        }
        entry = {"type": "own.yaml", "base_url": "https://vectors.example.com", **bound}
        config = {"providers": {"own": entry}, "anonymous": {"providers": ["own"]}}
        assert loaded(tmp_path, yaml.safe_dump(config)).providers["own"].spec == spec


@EACH
def test_an_example_of_a_spec_states_the_defaults_that_there_are(path: Path) -> None:
    """Of what a style has a default for; what has none is anybody's own."""
    pagination = ProviderSpec.model_validate(yaml.safe_load(path.read_text())).pagination
    known = {name: field.default for name, field in type(pagination).model_fields.items() if name in DEFAULTED}
    assert {name: getattr(pagination, name) for name in known} == known
