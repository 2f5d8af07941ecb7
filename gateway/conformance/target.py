"""Whom to probe: a provider of a config, or a spec with what the command line gives to reach it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from gateway.config import Config, load
from gateway.config.problems import shown, unknown_value
from gateway.config.references import read_file
from gateway.config.settings import Access
from gateway.core.errors import ConfigError

#: where a mistake is said to be that stands on the command line
COMMAND_LINE = Path("command line")


def access(
    target: str,
    environ: Mapping[str, str],
    *,
    config: Path,
    tenant: str | None = None,
    base_url: str | None = None,
    params: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
) -> Access:
    """A spec file, or a built-in type where anything is given to reach it with; else a provider of the config.

    Raises ``ConfigError`` with every mistake.
    """
    if not target.endswith((".yaml", ".yml")) and not (base_url or params or credentials):
        return configured(load(config, environ), target, tenant)
    if tenant is not None:
        raise ConfigError(("--tenant: only a provider of a config has tenants: remove it",))
    return described(target, environ, base_url=base_url, params=params or {}, credentials=credentials or {})


def configured(config: Config, name: str, tenant: str | None) -> Access:
    """The provider of that name as ``tenant`` reaches it, or one that brings nothing of its own.

    Raises ``ConfigError`` where there is none.
    """
    if name not in config.providers:
        raise ConfigError((unknown_value("no such provider", name, config.providers),))
    if tenant is not None and tenant not in (names := [one.name for one in config.tenants]):
        raise ConfigError((f"--tenant: {unknown_value('no such tenant', tenant, names)}",))
    access = config.accesses.get((tenant or "", name)) or config.accesses.get(("", name))
    if access is None:
        bringing = sorted(own for own, provider in config.accesses if provider == name)
        listed = f": {', '.join(map(shown, bringing))}" if bringing else ""
        raise ConfigError((f"{name} is reached with what its tenants bring: name one with --tenant{listed}",))
    return access


def described(
    type_: str,
    environ: Mapping[str, str],
    *,
    base_url: str | None,
    params: Mapping[str, str],
    credentials: Mapping[str, str],
) -> Access:
    """A provider of a built-in type or a spec file. Values may refer to ``${NAME}`` and ``${file:/path}``.

    Raises ``ConfigError`` with every mistake in the file and in what was given.
    """
    name = re.sub(r"[^a-z0-9]+", "-", Path(type_).stem.lower()).strip("-")[:63] or "provider"
    entry = {"type": type_, "params": dict(params), "credentials": dict(credentials)}
    provider = entry if base_url is None else {**entry, "base_url": base_url}
    written = json.dumps({"providers": {name: provider}, "anonymous": {"providers": [name]}}).encode()

    def read(path: Path, limit: int) -> bytes:
        return written if path == COMMAND_LINE else read_file(path, limit)

    try:
        return load(COMMAND_LINE, environ, read=read).accesses["", name]
    except ConfigError as error:
        inside = f"{COMMAND_LINE}:1: providers.{name}"
        raise ConfigError(tuple(_outside(problem, inside) for problem in error.problems)) from None


def _outside(problem: str, inside: str) -> str:
    """The problem without the place inside of a config that nobody wrote."""
    if not problem.startswith(inside):
        return problem
    return f"{COMMAND_LINE}: {problem.removeprefix(inside).lstrip('.: ')}"
