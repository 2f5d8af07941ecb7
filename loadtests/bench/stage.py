"""Everything that a row can have started: upstreams, Redis, the gateway, a baseline. All of it ends with the row."""

import http.client
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from loadtests.bench.baselines.given import PATH
from loadtests.bench.cores import LOAD, MEASURED, on
from loadtests.bench.gateway_config import PAGE_SIZE, Settings, api_keys, calls, write_config
from loadtests.bench.processes import Child, child, free_port, wait_until_ready
from loadtests.bench.samples import Contestant, Sample
from loadtests.bench.wrk import CONNECTIONS, drive, write_requests
from tests.support.redis_servers import RedisServer, binaries

THREE = ("aitronos", "scale-dex", "b3os")


@dataclass(frozen=True, slots=True)
class Upstreams:
    kinds: tuple[str, ...]
    ports: tuple[int, ...]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self.kinds, self.ports, strict=True)

    def calls(self) -> list[int]:
        """How often each has been asked for a page so far."""
        counted: list[int] = json.loads(ask(self.ports[0], "/calls").body)
        return counted


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """Something that answers at ``PATH``."""

    child: Child
    port: int
    ready_after: float
    """Seconds from its start to its first answer."""
    tenants: int = 0

    def headers(self, tenant: int = 0) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_keys(self.tenants)[tenant]}"} if self.tenants else {}

    def page(self, query: str = "", tenant: int = 0, headers: Mapping[str, str] | None = None) -> Answer:
        return ask(self.port, PATH + query, {**self.headers(tenant), **(headers or {})})


def ask(port: int, target: str, headers: Mapping[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", target, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@dataclass(slots=True)
class Stage:
    """``folder`` takes the files of one row; ``rounds`` of ``seconds`` each are what every comparison takes."""

    folder: Path
    rounds: int
    seconds: float
    stack: ExitStack
    quick: bool = False
    _numbers: Iterator[int] = field(default_factory=count)

    def file(self, name: str) -> Path:
        return self.folder / f"{next(self._numbers)}-{name}"

    def upstreams(self, kinds: Sequence[str] = THREE, *, items: int = 10_000, delay: float = 0.0) -> Upstreams:
        command = _python("loadtests.bench.upstreams", *kinds, "--items", items, "--delay", delay)
        started = self.stack.enter_context(child(command, core=LOAD, log=self.file("upstreams.log"), piped=True))
        return Upstreams(tuple(kinds), tuple(json.loads(started.output.readline())))

    def redis(self) -> RedisServer:
        with on(LOAD):
            return self.stack.enter_context(RedisServer(next(iter(binaries().values()))))

    def gateway(self, upstreams: Upstreams, settings: Settings, *, core: int | None = MEASURED) -> Server:
        return self.stack.enter_context(self.gateway_for_now(upstreams, settings, core=core))

    @contextmanager
    def gateway_for_now(
        self, upstreams: Upstreams, settings: Settings, *, core: int | None = MEASURED
    ) -> Iterator[Server]:
        """A gateway that ends before the row does."""
        port = free_port()
        config = write_config(self.file("gateway.yaml"), list(upstreams), settings, ports=(port, free_port()))
        command = _python("gateway", "serve", "--config", config)
        with child(command, core=core, log=self.file("gateway.log")) as started:
            yield Server(started, port, wait_until_ready(started, port, "/readyz"), settings.tenants)

    def baseline(
        self, name: str, *, body: bytes = b"", upstreams: Upstreams | None = None, access_log: bool = False
    ) -> Server:
        port = free_port()
        given = self._given(body, upstreams)
        command = _python("loadtests.bench.baselines", name, "--port", port, "--given", given)
        command += ["--access-log"] if access_log else []
        started = self.stack.enter_context(child(command, core=MEASURED, log=self.file(f"{name}.log")))
        return Server(started, port, wait_until_ready(started, port, PATH))

    def client(self, name: str, upstreams: Upstreams, concurrency: int = CONNECTIONS) -> Contestant:
        """The calls alone, in a loop (``baselines/clients.py``)."""
        command = _python("loadtests.bench.baselines.clients", name, "--given", self._given(b"", upstreams))
        command += ["--concurrency", str(concurrency)]
        started = self.stack.enter_context(
            child(command, core=MEASURED, log=self.file(f"client-{name}.log"), piped=True)
        )

        def measure(seconds: float) -> Sample:
            before = started.cpu()
            started.input.write(f"{seconds}\n".encode())
            started.input.flush()
            return Sample(int(started.output.readline()), seconds, started.cpu() - before)

        return Contestant(name, measure)

    def contestant(
        self,
        name: str,
        server: Server,
        query: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        connections: int = CONNECTIONS,
    ) -> Contestant:
        """A server under load; where it has several tenants each request is another one's, in turn."""
        requests = None
        if server.tenants > 1:
            sets = [{**server.headers(tenant), **(headers or {})} for tenant in range(server.tenants)]
            requests = write_requests(self.file("requests"), server.port, PATH + query, sets)
        sent = {**server.headers(), **(headers or {})}
        url = f"http://127.0.0.1:{server.port}{PATH}{query}"

        def measure(seconds: float) -> Sample:
            return drive(server.child, url, headers=sent, requests=requests, seconds=seconds, connections=connections)

        return Contestant(name, measure)

    def _given(self, body: bytes, upstreams: Upstreams | None) -> Path:
        path = self.file("given.json")
        made = [{"url": call.url, "headers": call.headers} for call in calls(list(upstreams or ()), PAGE_SIZE)]
        path.write_bytes(orjson.dumps({"body": body.decode(), "calls": made}))
        return path


def _python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]
