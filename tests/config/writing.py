"""Config files in a folder of a test's own, and what becomes of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.api.keys import digest
from gateway.config import Config, load
from gateway.config.cursor_keys import encode
from gateway.core.errors import ConfigError

CURSOR_KEY = encode(bytes(range(1, 65)))
ENVIRON = {"CURSOR_KEY": CURSOR_KEY, "TOKEN": "token-of-the-provider"}
KEY = digest("key of the search team")
OTHER_KEY = digest("key of the dashboard")

COMMON = 'cursor: {keys: ["${CURSOR_KEY}"]}\n'
PROVIDER = """\
providers:
  aitronos:
    type: aitronos
    params: {organization_id: org_1}
    credentials: {token: "${TOKEN}"}
"""
TENANT = f"""\
tenants:
  search:
    keys: ["{KEY}"]
    providers: [aitronos]
"""
VALID = COMMON + PROVIDER + TENANT


def written(folder: Path, text: str, name: str = "gateway.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def loaded(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Config:
    return load(written(folder, text), environ)


def problems(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    """Every mistake, without the folder; at least one."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environ)
    assert caught.value.problems
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]


def with_entry(lines: str) -> str:
    """The valid config with further lines in its provider's entry; the first of them is line 7."""
    return COMMON + PROVIDER + "".join(f"    {line}\n" for line in lines.splitlines()) + TENANT
