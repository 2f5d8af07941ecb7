"""The built-in provider specs by name: the YAML files beside this module, read on first use and kept."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from gateway.provider.spec import ProviderSpec

_SUFFIX = ".yaml"


@cache
def names() -> tuple[str, ...]:
    """The names of all built-in types, sorted."""
    return tuple(
        sorted(file.name.removesuffix(_SUFFIX) for file in files(__name__).iterdir() if file.name.endswith(_SUFFIX))
    )


@cache
def spec(name: str) -> ProviderSpec:
    """The built-in spec of that name; raises ``KeyError`` where there is none."""
    if name not in names():
        raise KeyError(name)
    return ProviderSpec.model_validate(_content(name))


def _content(name: str) -> Any:
    return yaml.load((files(__name__) / f"{name}{_SUFFIX}").read_bytes(), Loader=yaml.CSafeLoader)
