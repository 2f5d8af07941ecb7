"""``python -m loadtests.alerts [SCENARIO ...]``: each fault, done to a running gateway, as a test of promtool."""

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from loadtests.alerts.scenarios import SCENARIOS, Scenario
from loadtests.alerts.series import Recording, expectation, needed, promtool_test
from loadtests.alerts.stage import Stage, stage

TESTS = Path("tests/alerts")
PREFIX = "KnowledgeGateway"


async def capture(scenario: Scenario, folder: Path) -> Recording:
    recording = Recording()
    async with stage(folder, change=scenario.config, size=scenario.size, replicas=scenario.replicas) as set_up:
        spare = set_up.gateways[1:]  # joins with the fault
        del set_up.gateways[1:]
        clients = [asyncio.create_task(set_up.walk_for_ever(scenario.limit)) for _ in range(scenario.clients)]
        healthy, broken, mended = scenario.phases
        await _watch(set_up, scenario, recording, healthy)
        set_up.gateways += spare
        await asyncio.gather(scenario.fault(set_up), _watch(set_up, scenario, recording, broken))
        await asyncio.gather(scenario.mend(set_up), _watch(set_up, scenario, recording, mended))
        for client in clients:
            client.cancel()
        await asyncio.wait(clients)
    return recording


async def _watch(set_up: Stage, scenario: Scenario, recording: Recording, minutes: int) -> None:
    names = needed(PREFIX + name for name in scenario.alerts)
    for _ in range(minutes):
        recording.add(await set_up.scrape(), names)
        await asyncio.sleep(scenario.tick)


def written(scenario: Scenario, recording: Recording) -> str:
    healthy, broken, mended = scenario.phases
    expected = []
    for name, providers in scenario.alerts.items():
        expected += [
            expectation(PREFIX + name, healthy - 1, ()),
            expectation(PREFIX + name, healthy + broken - 1, providers),
            expectation(PREFIX + name, healthy + broken + mended - 1, ()),
        ]
    return promtool_test(scenario.story, recording, expected)


def main(names: list[str]) -> None:
    TESTS.mkdir(exist_ok=True)
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
            recording = asyncio.run(capture(SCENARIOS[name], Path(folder)))
        (TESTS / f"{name}.yaml").write_text(written(SCENARIOS[name], recording))
        sys.stdout.write(f"{name}: {len(recording.series)} series of {recording.scrapes} scrapes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
