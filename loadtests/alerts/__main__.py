"""``python -m loadtests.alerts [SCENARIO ...]``: each fault, done to a running gateway, as a test of promtool."""

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from loadtests.alerts.scenarios import SCENARIOS, Scenario, nothing
from loadtests.alerts.series import Recording, expectation, needed, promtool_test
from loadtests.alerts.stage import Stage, stage

TESTS = Path("tests/alerts")
PREFIX = "KnowledgeGateway"


async def capture(scenario: Scenario, folder: Path) -> tuple[Recording, list[int]]:
    """The series, and the last minute of each phase."""
    recording, ends = Recording(), []
    async with stage(folder, change=scenario.config, size=scenario.size, replicas=scenario.replicas) as set_up:
        spare = set_up.gateways[1:]  # joins with the fault
        del set_up.gateways[1:]
        clients = [asyncio.create_task(set_up.walk_for_ever(scenario.limit)) for _ in range(scenario.clients)]
        try:
            for deed, minutes in zip((nothing, scenario.fault, scenario.mend), scenario.phases, strict=True):
                doing = asyncio.create_task(deed(set_up))
                names = needed(PREFIX + name for name in scenario.alerts)
                tick = scenario.tick_of_fault if deed == scenario.fault else None
                await _watch(set_up, recording, names, doing, minutes=minutes, tick=tick or scenario.tick)
                ends.append(recording.scrapes - 1)
                set_up.gateways += spare
                spare = []
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
    return recording, ends


async def _watch(
    set_up: Stage, recording: Recording, names: set[str], doing: "asyncio.Task[None]", *, minutes: int, tick: float
) -> None:
    """Scrape until that is done, and then for so many minutes of the series."""
    while minutes:
        minutes -= doing.done()
        recording.add(await set_up.scrape(), names)
        await asyncio.sleep(tick)
    await doing


def written(scenario: Scenario, recording: Recording, ends: list[int]) -> str:
    healthy, broken, mended = ends
    expected = []
    for name, providers in scenario.alerts.items():
        expected += [
            expectation(PREFIX + name, healthy, ()),
            expectation(PREFIX + name, broken, providers),
            expectation(PREFIX + name, mended, ()),
        ]
    return promtool_test(scenario.story, recording, expected)


def main(names: list[str]) -> None:
    TESTS.mkdir(exist_ok=True)
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
            recording, ends = asyncio.run(capture(SCENARIOS[name], Path(folder)))
        (TESTS / f"{name}.yaml").write_text(written(SCENARIOS[name], recording, ends))
        sys.stdout.write(f"{name}: {len(recording.series)} series of {recording.scrapes} scrapes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
