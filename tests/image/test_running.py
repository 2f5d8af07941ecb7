"""The image at work: read-only, as its fixed user, with a real Redis and the simulated upstreams."""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from gateway import __version__
from tests.functional.test_lifecycle import free_port
from tests.functional.world import ENDPOINT, World, world
from tests.image.archive import Image
from tests.image.container import container, output
from tests.support.redis_servers import RedisServer
from tests.telemetry.collector import CLIENT, SERVER, collector

WALKERS = 8
PAGES_BEFORE_THE_SIGNAL = 3
#: with nothing behind it: neither is needed for a start
BARE = """
server: {host: 0.0.0.0}
cursor: {keys: [ztqIcMwHsHXKb3zgEiw1TqHlQJEuMWPUwU4k1hE3AWUCLNRUzskIBBrFs8nTJ3KJfFEoM25HxfenBALiLqVKeg]}
cache: {url: "redis://127.0.0.1:6379/0"}
providers: {b3os: {type: b3os, params: {organization_id: org_1}, credentials: {token: none}}}
anonymous: {providers: [b3os]}
"""
RESTRICTED = """
import errno, os, pathlib
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
assert status["Uid"].split() == status["Gid"].split() == ["10001"] * 4, status
assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0 and status["NoNewPrivs"].strip() == "1", status
for folder, _, _ in os.walk("/"):
    if not folder.startswith(("/proc", "/dev")):
        try:
            open(os.path.join(folder, "written"), "w")
        except OSError as error:
            assert error.errno in (errno.EROFS, errno.EACCES), error
        else:
            raise AssertionError(folder)
"""
COMPLETE = """
import asyncio, ctypes, datetime, sqlite3, ssl, uuid, zoneinfo
import gateway.cli, uvloop
assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 100
assert zoneinfo.ZoneInfo("Europe/Berlin") and ctypes.CDLL(None)
"""


async def test_it_says_its_version(image: Image, tmp_path: Path) -> None:
    printed = await output(tmp_path, image, *image.config["Entrypoint"], "--version")
    assert printed == f"knowledge-gateway {__version__}\n"


async def test_it_has_no_rights_and_no_place_to_write(image: Image, tmp_path: Path) -> None:
    await output(tmp_path, image, "python3", "-c", RESTRICTED)


async def test_its_python_is_whole_and_knows_certificates_and_time_zones(image: Image, tmp_path: Path) -> None:
    await output(tmp_path, image, "python3", "-W", "error", "-c", COMPLETE)


async def test_the_health_check_says_whether_it_lives(image: Image, tmp_path: Path) -> None:
    (kind, *check) = image.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    async with container(tmp_path, image, BARE, alone=True) as gateway:
        await gateway.line("ready")
        assert await gateway.ask(*check) == 0
        elsewhere = [word.replace("8080", "8081") for word in check]
        assert await gateway.ask(*elsewhere) == 1


async def test_it_walks_the_upstreams_and_caches_in_redis(image: Image, tmp_path: Path, redis: RedisServer) -> None:
    async with world() as upstreams, container(tmp_path, image, config(upstreams, redis)) as gateway:
        url = await gateway.url()
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            for limits in (20, 7):
                assert Counter(await walk(client, limits)) == upstreams.expected()
        assert redis.command("DBSIZE") > 0
        gateway.send(signal.SIGTERM)
        assert await gateway.ended() == 0


async def test_it_sends_traces_with_no_more_than_an_address(image: Image, tmp_path: Path, redis: RedisServer) -> None:
    async with collector() as traces, world() as upstreams:
        async with container(tmp_path, image, config(upstreams, redis, tracing=traces.config())) as gateway:
            url = await gateway.url()
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
                (await client.get(ENDPOINT)).raise_for_status()
            gateway.send(signal.SIGTERM)
            assert await gateway.ended() == 0
        assert [span.name for span in traces.of(SERVER)] == [f"GET {ENDPOINT}"]
        assert len(traces.of(CLIENT)) == len(upstreams.upstreams)


async def test_sigterm_under_load_harms_no_request_and_ends_clean(
    image: Image, tmp_path: Path, redis: RedisServer
) -> None:
    async with world() as upstreams, container(tmp_path, image, config(upstreams, redis)) as gateway:
        url = await gateway.url()
        load = Load(url)
        async with asyncio.TaskGroup() as walkers, httpx.AsyncClient(trust_env=False) as balancer:
            for _ in range(WALKERS):
                walkers.create_task(load.walker())
            await load.under_way.wait()
            upstreams.b3os.faults.hang = True
            await upstreams.b3os.calls.until_in_flight(1)
            gateway.send(signal.SIGTERM)
            await gateway.line("draining")
            assert (await balancer.get(f"{url}/readyz")).status_code == 503
            load.unwelcome = True
            upstreams.b3os.faults.release()
        assert await gateway.ended() == 0
        assert gateway.lines[-1]["stage"] == "stopped"
        assert load.asked >= WALKERS * PAGES_BEFORE_THE_SIGNAL
        assert load.bad == []


class Load:
    """Walkers that ask again and again until the gateway is not ready, as clients behind a load balancer do."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.unwelcome = False
        self.under_way = asyncio.Event()
        self.asked = 0
        self.bad: list[Any] = []

    async def walker(self) -> None:
        cursor = None
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=20) as client:
            while not self.unwelcome:
                query = {"limit": 5, **({"cursor": cursor} if cursor else {})}
                # past the cache, so that upstreams are at work all the time
                answer = await client.get(ENDPOINT, params=query, headers={"cache-control": "no-cache"})
                self._seen(answer)
                cursor = answer.json()["next_cursor"]

    def _seen(self, answer: httpx.Response) -> None:
        self.asked += 1
        if answer.status_code != httpx.codes.OK or not answer.json()["complete"]:
            self.bad.append((answer.status_code, answer.text))
        if self.asked >= WALKERS * PAGES_BEFORE_THE_SIGNAL:
            self.under_way.set()


async def walk(client: httpx.AsyncClient, limit: int) -> list[str]:
    ids: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await client.get(ENDPOINT, params=query)).raise_for_status().json()
        ids += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return ids
        query["cursor"] = page["next_cursor"]


def config(upstreams: World, redis: RedisServer, **sections: str) -> str:
    server = f"{{port: {free_port()}, metrics_port: {free_port()}, drain: 500ms}}"
    return upstreams.config(server=server, cache=f'{{url: "{redis.url}"}}', **sections)
