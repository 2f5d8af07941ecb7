"""``knowledge-gateway probe``: ask a provider's upstream, and report whether its spec tells the truth."""

from gateway.config.settings import Access, ConfiguredProvider
from gateway.conformance.asking import Asker, open_asker
from gateway.conformance.examination import examine
from gateway.conformance.report import Report, reported
from gateway.core.clock import Clock

DEFAULT_PAGES = 20


async def probe(access: Access, *, pages: int, clock: Clock) -> Report:
    """Every finding about a provider within ``pages`` pages. Raises nothing for what its upstream does."""
    async with open_asker(access, clock) as asker:
        return await probe_by(asker, access.settings, pages=pages)


async def probe_by(asker: Asker, settings: ConfiguredProvider, *, pages: int) -> Report:
    evidence = await examine(settings.name, settings.spec, settings.page_size, asker, pages)
    return reported(settings.name, settings.type, evidence, asker.calls)
