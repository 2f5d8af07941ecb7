"""Probes of simulated upstreams, and what they found."""

from collections.abc import Mapping
from typing import Any

from gateway.cache.options import WindowOptions
from gateway.config.settings import Access, ConfiguredProvider
from gateway.conformance.asking import Asker, Calls
from gateway.conformance.finding import Finding, Level
from gateway.conformance.probe import probe, probe_by
from gateway.conformance.report import Report
from gateway.core.clock import SystemClock
from gateway.demo import credentials
from gateway.demo.server import serve_upstreams
from gateway.demo.upstream import Upstream
from gateway.provider import catalog
from gateway.provider.spec import ProviderSpec
from gateway.upstream.options import UpstreamOptions
from tests.support.clock import ManualClock
from tests.support.simulated import SimulatedList, Style
from tests.support.simulated_fetch import SimulatedFetch
from tests.support.simulated_rows import stores
from tests.support.simulated_server import serve
from tests.support.simulated_specs import declared

NAME = "simulated"
PAGES = 20
#: of the demo's upstreams, by name: params and credentials
GIVEN = {
    "aitronos": (
        {"organization_id": credentials.AITRONOS_ORGANIZATION},
        {"token": credentials.AITRONOS_TOKEN},
    ),
    "scale-dex": (
        {"project_id": credentials.SCALE_DEX_PROJECT},
        {"api_key": credentials.SCALE_DEX_API_KEY, "account_id": credentials.SCALE_DEX_ACCOUNT},
    ),
    "b3os": ({"organization_id": credentials.B3OS_ORGANIZATION}, {"token": credentials.B3OS_TOKEN}),
}


def access(
    spec: ProviderSpec,
    url: str,
    *,
    params: Mapping[str, str],
    credentials: Mapping[str, str],
    upstream: UpstreamOptions | None = None,
) -> Access:
    """The provider ``probed`` of that spec at ``url``; calls are not repeated."""
    settings = ConfiguredProvider(
        name="probed",
        type="probed.yaml",
        enabled=True,
        spec=spec,
        base_url=url,
        page_size=spec.pagination.page_size,
        upstream=upstream or UpstreamOptions(attempts=1),
        windows=WindowOptions(),
    )
    return Access(settings=settings, params=params, credentials=credentials, headers={})


def simulated(style: Style, count: int = 57, **switches: Any) -> SimulatedList:
    return SimulatedList.of(style, stores("s", count), **switches)


def built_in(name: str, **changes: Any) -> ProviderSpec:
    """A built-in spec with other values: of its pagination; by ``response``, ``item`` or ``spec``, of those."""
    return _with(catalog.spec(name).model_dump(mode="json", exclude_unset=True), changes)


def changed(style: Style, /, **changes: Any) -> ProviderSpec:
    """The same of the spec that reads a simulated list."""
    return _with(declared(style), changes)


def _with(whole: dict[str, Any], changes: dict[str, Any]) -> ProviderSpec:
    """A change to None takes a key out."""
    changed = {**whole, **changes.pop("spec", {})}
    for part in ("response", "item"):
        changed[part] = {**changed[part], **changes.pop(part, {})}
    pagination = {**changed["pagination"], **changes}
    changed["pagination"] = {key: value for key, value in pagination.items() if value is not None}
    return ProviderSpec.model_validate(changed)


async def probed(upstream: SimulatedList, spec: ProviderSpec, pages: int = PAGES) -> Report:
    """In memory, which is quick; calls are not counted."""
    given = access(spec, "https://upstream.test", params={"list": NAME}, credentials={})
    clock = ManualClock()
    fetch = SimulatedFetch({"probed": upstream}, clock)
    return await probe_by(Asker(access=given, fetch=fetch, calls=Calls(), clock=clock), given.settings, pages=pages)


async def probed_over_http(upstream: SimulatedList, spec: ProviderSpec, pages: int = PAGES) -> Report:
    async with serve({NAME: upstream}) as served:
        given = access(spec, served[NAME].url, params={"list": NAME}, credentials={})
        return await probe(given, pages=pages, clock=SystemClock())


async def probed_demo(upstream: Upstream, spec: ProviderSpec | None = None) -> Report:
    """With its built-in spec, or another one."""
    params, secrets = GIVEN[upstream.name]
    async with serve_upstreams(upstream) as (served,):
        given = access(spec or catalog.spec(upstream.name), served.url, params=params, credentials=secrets)
        return await probe(given, pages=PAGES, clock=SystemClock())


def wrong(report: Report) -> list[Finding]:
    """All that is not well."""
    return [finding for finding in report.findings if finding.level is not Level.OK]


def errors(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.level is Level.ERROR]


def told(report: Report) -> list[str]:
    """The same in short, for comparing: level, place and remedy."""
    return [f"{finding.level} {finding.about}: {finding.remedy}" for finding in wrong(report)]
