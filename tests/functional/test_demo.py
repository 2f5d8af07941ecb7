"""The demo itself: what `make demo` and `make demo-check` run."""

from pathlib import Path

import httpx
import pytest

from gateway.demonstration import DEFAULT_PORT, PORTS_ABOVE, check, demo_config, demonstration

WRITTEN = Path(__file__).parents[2] / "config" / "demo.yaml"


def test_the_config_of_the_demo_is_the_one_that_is_written_down() -> None:
    urls = [f"http://127.0.0.1:{DEFAULT_PORT + step}" for step in (1, 2, 3)]
    assert WRITTEN.read_text() == demo_config(DEFAULT_PORT, DEFAULT_PORT + PORTS_ABOVE, urls)


def test_the_check_walks_in_several_ways_and_finds_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(60) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all("180 items: each exactly once, in order" in line for line in lines)


async def test_the_demo_can_be_broken_and_healed_through_its_doors() -> None:
    async with demonstration(0, 5) as demo, httpx.AsyncClient(trust_env=False) as client:
        door = f"{demo.served[0].url}/_demo"
        fresh = {"cache-control": "no-cache"}
        assert (await client.patch(door, json={"faults": {"hang": True}})).status_code == 200
        broken = (await client.get(demo.url, params={"timeout": 0.3}, headers=fresh)).json()
        assert [entry["status"] for entry in broken["providers"]] == ["failed", "ok", "ok"]
        assert (await client.patch(door, json={"faults": {"hang": False}})).status_code == 200
