"""The command line: ``knowledge-gateway serve``, and what is needed before and beside it.

Results go to stdout and everything else to stderr. 0: done; 1: it failed; 2: the command line or the config is wrong.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway import __version__, demonstration, service
from gateway.api.keys import digest, new_key
from gateway.cache.options import CacheOptions
from gateway.cache.redis_store import RedisStore, RedisUnavailable
from gateway.cache.rendered import RENDERED
from gateway.cache.tiers import PAGES
from gateway.config import Config, Source, load
from gateway.config.cursor_keys import new_cursor_key
from gateway.config.schemas import config_schema, provider_schema
from gateway.conformance.probe import DEFAULT_PAGES, probe
from gateway.conformance.report import as_json, as_text
from gateway.conformance.target import access
from gateway.core.clock import SystemClock
from gateway.core.errors import ConfigError
from gateway.core.events import ignore
from gateway.core.tenant import Tenant
from gateway.provider import catalog

OK, FAILED, WRONG = 0, 1, 2
#: what a shell reports of a program that Ctrl-C ended
INTERRUPTED = 130

DEFAULT_CONFIG = "gateway.yaml"
MAX_PORT = 65_535
MAX_NAMED = 3

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; ``arguments`` without the program's name, None: the process's own."""
    options = _parser().parse_args(arguments)
    command: Command = options.run
    try:
        code = command(options)
        sys.stdout.flush()
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return WRONG
    except BrokenPipeError:  # its reader has seen enough; else the interpreter complains when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _serve(options: argparse.Namespace) -> int:
    addresses = {"port": options.port, "metrics_port": options.metrics_port}
    source = Source(Path(options.config), os.environ, host=options.host, **addresses)
    return service.run(source.load(), source)


def _check(options: argparse.Namespace) -> int:
    config = _load(options)
    print(f"{options.config} is sound.\n\n{_summary(config)}")
    warnings = [f"warning: {warning}" for warning in config.warnings()]
    if warnings:
        print("", *warnings, sep="\n")
    return OK


def _summary(config: Config) -> str:
    everybody = [*config.tenants, *([config.anonymous] if config.anonymous else [])]
    rows = [
        (
            one.name,
            one.type,
            one.spec.pagination.style,
            str(one.page_size),
            _listed_by(one.name, everybody) if one.enabled else "(switched off)",
        )
        for one in config.providers.values()
    ]
    return _table(("PROVIDER", "TYPE", "STYLE", "PAGE SIZE", "TENANTS"), rows)


def _listed_by(provider: str, tenants: Sequence[Tenant]) -> str:
    names = [tenant.name for tenant in tenants if provider in tenant.providers]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more or "-"


def _cursor_key(_: argparse.Namespace) -> int:
    print(
        "Keep this where the config's cursor.keys refers to; all replicas need the same keys. To change keys, take\n"
        "three steps, each on every replica before the next: add the new key last; put it first; take the old one\n"
        "away once cursor.max_age has passed.\n"
    )
    print(new_cursor_key())
    return OK


def _api_key(_: argparse.Namespace) -> int:
    key = new_key()
    print(f'Add this to the keys of a tenant in the config:\n\n  - "{digest(key)}"\n')
    print("Give the key itself to the client; it is not kept anywhere and cannot be shown again:\n")
    print(key)
    return OK


def _schema(options: argparse.Namespace) -> int:
    print(json.dumps(provider_schema() if options.provider else config_schema(), indent=2, ensure_ascii=False))
    return OK


def _catalog(_: argparse.Namespace) -> int:
    specs = {name: catalog.spec(name) for name in catalog.names()}
    rows = [
        (name, one.pagination.style, ", ".join(one.placeholders()), ", ".join(one.credential_names()), one.title)
        for name, one in specs.items()
    ]
    print(_table(("TYPE", "STYLE", "PARAMS", "CREDENTIALS", "WHAT IT LISTS"), rows))
    return OK


def _probe(options: argparse.Namespace) -> int:
    reached = access(
        options.target,
        os.environ,
        config=options.config,
        tenant=options.tenant,
        base_url=options.base_url,
        params=dict(options.param),
        credentials=dict(options.credential),
    )
    report = asyncio.run(probe(reached, pages=options.max_pages, clock=SystemClock()))
    print(as_json(report) if options.json else as_text(report))
    return OK if report.holds else FAILED


def _purge(options: argparse.Namespace) -> int:
    cache = _load(options).cache
    if cache.url is None:
        raise ConfigError((f"{options.config}: cache.url is not set: without Redis there is nothing to purge",))
    try:
        purged = asyncio.run(_purge_pages(cache))
    except RedisUnavailable as error:
        print(error, file=sys.stderr)
        return FAILED
    print(f"{purged} cached {'page' if purged == 1 else 'pages'} removed")
    return OK


async def _purge_pages(cache: CacheOptions) -> int:
    assert cache.url is not None
    store = RedisStore(url=cache.url, prefix=cache.prefix, timeout=cache.timeout, clock=SystemClock(), observe=ignore)
    try:
        return await store.purge(PAGES) + await store.purge(RENDERED)
    finally:
        await store.aclose()


def _demo(options: argparse.Namespace) -> int:
    if options.check:
        return demonstration.check(options.size)
    return demonstration.run(options.port, options.size)


def _load(options: argparse.Namespace) -> Config:
    return load(options.config, os.environ)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"write a number from 0 to {MAX_PORT}")
    return int(text)


def _demo_port(text: str) -> int:
    port = _port(text)
    if port > MAX_PORT - demonstration.PORTS_ABOVE:
        raise argparse.ArgumentTypeError(
            f"write at most {MAX_PORT - demonstration.PORTS_ABOVE}: it takes more above it"
        )
    return port


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):  # noqa: PLR2004
        raise argparse.ArgumentTypeError("write a number from 1 to 1000000")
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="knowledge-gateway", description="One paginated endpoint over the knowledge stores of many AI vendors."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Command, summary: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    serve = _configured(command("serve", _serve, "Serve until SIGTERM or Ctrl-C."))
    serve.add_argument("--host", metavar="ADDRESS", help="instead of server.host")
    serve.add_argument("--port", type=_port, metavar="PORT", help="instead of server.port; 0: any free one")
    serve.add_argument(
        "--metrics-port", type=_port, metavar="PORT", help="instead of server.metrics_port; 0: no metrics"
    )
    _configured(command("check", _check, "Read a config, list every mistake in it, or sum it up."))
    command("cursor-key", _cursor_key, "Make a key that seals cursors.")
    command("api-key", _api_key, "Make an API key for a tenant, and the digest that the config holds of it.")
    schema = command("schema", _schema, "Print the JSON Schema of the config file.")
    schema.add_argument("--provider", action="store_true", help="of a provider spec file instead")
    command("catalog", _catalog, "List the built-in provider types.")
    _add_probe(_configured(command("probe", _probe, "Ask a provider's upstream whether its spec tells the truth.")))
    cache = commands.add_parser("cache", help="Look after the pages cached in Redis.")
    _add_purge(cache)
    demo = command("demo", _demo, "Serve simulated providers with the gateway in front of them.")
    _add_demo(demo)
    return parser


def _add_probe(probe: argparse.ArgumentParser) -> None:
    probe.add_argument("target", metavar="TARGET", help="a provider of the config, or a spec file (.yaml)")
    probe.add_argument("--tenant", metavar="NAME", help="as this tenant of the config reaches it")
    probe.add_argument("--base-url", metavar="URL", help="of a spec file: where the API is")
    for name, value in (("param", "VALUE"), ("credential", "'${ENVIRONMENT_VARIABLE}'")):
        probe.add_argument(
            f"--{name}",
            type=_pair,
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"of a spec file: {name}, as NAME={value}; repeatable",
        )
    probe.add_argument(
        "--max-pages",
        type=_count,
        default=DEFAULT_PAGES,
        metavar="PAGES",
        help=f"to walk, {DEFAULT_PAGES} if not given",
    )
    probe.add_argument("--json", action="store_true", help="print the findings as JSON")


def _add_purge(cache: argparse.ArgumentParser) -> None:
    summary = "Remove every cached page from Redis; what replicas hold in memory stays, and no walk is harmed."
    purge = cache.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "purge", help=summary, description=summary
    )
    _configured(purge).set_defaults(run=_purge)


def _add_demo(demo: argparse.ArgumentParser) -> None:
    port = os.environ.get("DEMO_PORT", str(demonstration.DEFAULT_PORT))
    demo.add_argument(
        "--port", type=_demo_port, default=port, metavar="PORT", help="it takes this and the four after it (DEMO_PORT)"
    )
    demo.add_argument(
        "--size",
        type=_count,
        default=demonstration.DEFAULT_SIZE,
        metavar="ITEMS",
        help="how many items each provider has",
    )
    demo.add_argument("--check", action="store_true", help="walk it on free ports, compare, and end")


def _configured(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument(
        "--config",
        type=Path,
        default=Path(os.environ.get("GATEWAY_CONFIG") or DEFAULT_CONFIG),
        metavar="FILE",
        help=f"the config; else what GATEWAY_CONFIG names, else {DEFAULT_CONFIG} in this folder",
    )
    return command
