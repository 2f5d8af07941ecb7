"""Another config without a restart: what takes effect, what stays, and what nobody notices."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.functional.process import GatewayProcess, gateway_process
from tests.functional.world import ENDPOINT, World, world

SERVER = "{port: 0, metrics_port: 0, drain: 0s}"
#: looked at often, so that a test does not wait for long
WATCHED = "reload: {watch: true, every: 100ms}\n"


class Reloading:
    """A gateway process whose config file is written again."""

    def __init__(self, upstreams: World, gateway: GatewayProcess, folder: Path, client: httpx.AsyncClient) -> None:
        self.upstreams = upstreams
        self.gateway = gateway
        self.client = client
        self._path = folder / "gateway.yaml"
        self._written = self._path.read_text()

    async def write(self, text: str, event: str = "config_reloaded") -> dict[str, object]:
        """Change the file; the log line that follows."""
        self._path.write_text(text)
        return await self.gateway.event(event)

    def text(self, old: str = "", new: str = "") -> str:
        assert old in self._written
        return self._written.replace(old, new) if old else self._written

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.gateway.process.pid}/fd").iterdir()))

    async def page(self, **params: object) -> httpx.Response:
        return await self.client.get(ENDPOINT, params={name: str(value) for name, value in params.items()})


@asynccontextmanager
async def reloading(folder: Path, extra: str = WATCHED) -> AsyncIterator[Reloading]:
    async with (
        world() as upstreams,
        gateway_process(folder, upstreams.config(server=SERVER) + extra) as gateway,
        httpx.AsyncClient(trust_env=False, base_url=await gateway.url(), timeout=20) as client,
    ):
        yield Reloading(upstreams, gateway, folder, client)


async def test_a_provider_that_is_switched_off_is_gone_from_the_next_page_on(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        assert {one["provider"] for one in (await case.page(limit=5)).json()["providers"]} >= {"b3os"}
        await case.write(case.text("type: b3os", "enabled: false\n    type: b3os"))
        assert "b3os" not in {one["provider"] for one in (await case.page(limit=5)).json()["providers"]}


async def test_a_walk_goes_on_over_a_reload_also_without_a_configured_cursor_key(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        first = (await case.page(limit=4)).json()
        await case.write(case.text() + "walk: {failed_rounds: 5}\n")
        second = await case.page(limit=4, cursor=first["next_cursor"])
        assert second.status_code == 200
        assert {item["id"] for item in first["items"]}.isdisjoint(item["id"] for item in second.json()["items"])


async def test_a_config_that_cannot_be_used_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        rejected = await case.write("server: [", event="config_rejected")
        assert "gateway.yaml" in str(rejected["detail"])
        assert (await case.page(limit=5)).json()["complete"]
        await case.write(case.text())
        assert [line["event"] for line in case.gateway.lines].count("config_rejected") == 1


async def test_what_is_being_served_ends_on_the_gateway_it_began_with(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        hanging = case.upstreams.upstreams["b3os"]
        hanging.faults.hang = True
        request = asyncio.create_task(case.page(limit=5))
        await hanging.calls.until_in_flight(1)
        await case.write(case.text("type: b3os", "enabled: false\n    type: b3os"))
        assert "b3os" not in {one["provider"] for one in (await case.page(limit=4)).json()["providers"]}
        hanging.faults.release()
        answer = (await request).json()
        assert (answer["complete"], len(answer["providers"])) == (True, 3)


async def test_no_request_fails_while_configs_come_and_go(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        done = asyncio.Event()

        async def ask() -> set[int]:
            statuses = set()
            while not done.is_set():
                statuses.add((await case.page(limit=3)).status_code)
            return statuses

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        for rounds in range(4, 10):
            await case.write(case.text() + f"walk: {{failed_rounds: {rounds}}}\n")
        done.set()
        assert set().union(*await asyncio.gather(*asking)) == {200}


async def test_what_only_a_restart_takes_over_is_named_and_stays(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        line = await case.write(case.text(SERVER, "{port: 0, metrics_port: 0, drain: 0s, keep_alive: 9s}"))
        assert line["kept"] == ["server.keep_alive"]
        assert (await case.page(limit=5)).status_code == 200


async def test_sighup_reads_it_again_where_nobody_watches(tmp_path: Path) -> None:
    async with reloading(tmp_path, "reload: {watch: false}\n") as case:
        (tmp_path / "gateway.yaml").write_text(case.text("type: b3os", "enabled: false\n    type: b3os"))
        case.gateway.send(signal.SIGHUP)
        await case.gateway.event("config_reloaded")
        assert "b3os" not in {one["provider"] for one in (await case.page(limit=5)).json()["providers"]}


async def test_nothing_is_left_open_of_the_gateways_before(tmp_path: Path) -> None:
    async with reloading(tmp_path) as case:
        await case.page(limit=5)
        before = case.open_files()
        for rounds in range(4, 14):
            await case.write(case.text() + f"walk: {{failed_rounds: {rounds}}}\n")
            await case.page(limit=5)
        assert case.open_files() <= before + 3
