"""The faults, and the alerts that each of them must set off."""

import asyncio
import base64
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass

from gateway.demo.credentials import B3OS_TOKEN
from gateway.demonstration import NAMES
from loadtests.alerts.stage import BROKEN_SERVICE, CURSOR_KEY, Stage

Deed = Callable[[Stage], Coroutine[None, None, None]]

ALL = NAMES
B3OS = ("b3os",)
NO_PROVIDER = ("",)
#: nothing is served from the cache, so that every page meets the fault
UNCACHED = "{fresh: 0s, if_error: 0s}"
#: probes soon, for a minute of the series is a fraction of a second
BREAKER = "breaker: {cooldown: 300ms}"
#: bytes
FULL = 480 * 1024**2
MISTAKE = "cash: {}\n"
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(100, 164))).rstrip(b"=").decode()


@dataclass(frozen=True)
class Scenario:
    """What is done, and to which gateway.

    ``alerts``: by name without its prefix, for which providers. ``phases``: minutes of the series before, during and
    after the fault; ``tick``: seconds of such a minute (of the fault's, where it
    takes long for itself: ``tick_of_fault``). ``options``: of every provider; ``sections``: of the whole.
    """

    story: str
    alerts: Mapping[str, Sequence[str]]
    fault: Deed
    mend: Deed
    options: str = BREAKER
    sections: str = f"cache: {UNCACHED}"
    phases: tuple[int, int, int] = (20, 30, 40)
    tick: float = 0.1
    tick_of_fault: float | None = None
    clients: int = 4
    limit: int = 20
    size: int = 250
    replicas: int = 1

    def config(self, text: str, redis_url: str) -> str:
        """The demo's configuration with all of this in it; a stop takes long, for it may be the fault."""
        cache = self.sections.replace("REDIS", redis_url)
        text = re.sub("(metrics_port: [0-9]+)", r"\1, drain: 1m", text)
        every = re.sub("    type: .*", rf"\g<0>\n    {self.options}", text).replace("environment: demo", cache)
        return f"{every}\ncursor: {{keys: [{CURSOR_KEY}]}}\nlog: {{level: error}}\n"


async def walk_until_full(stage: Stage) -> None:
    """One long walk, all of which is kept, until more is held than the chart allows."""
    walking = asyncio.create_task(stage.walk_for_ever(100, stays=1.0))
    while max(await stage.memory()) < FULL:  # noqa: ASYNC110  # memory tells nobody
        await asyncio.sleep(1)
    walking.cancel()
    await asyncio.wait([walking])


async def nothing(_: Stage) -> None:
    """All is well."""


def faults(name: str = "b3os", **changes: object) -> Deed:
    async def deed(stage: Stage) -> None:
        for field, value in changes.items():
            setattr(stage.upstreams[name].faults, field, value)

    return deed


async def behave(stage: Stage) -> None:
    for upstream in stage.upstreams.values():
        upstream.faults.clear()


async def stop_providers(stage: Stage) -> None:
    for served in stage.served.values():
        await served.stop()


async def start_providers(stage: Stage) -> None:
    for served in stage.served.values():
        await served.start()


async def revoke(stage: Stage) -> None:
    stage.b3os.tokens.clear()


async def grant(stage: Stage) -> None:
    stage.b3os.tokens.add(B3OS_TOKEN)


async def stop_redis(stage: Stage) -> None:
    stage.redis.stop()


async def start_redis(stage: Stage) -> None:
    stage.redis.start()


async def break_service(stage: Stage) -> None:
    await stage.gateways[0].start(BROKEN_SERVICE)
    await stage.until_up()


async def start_service(stage: Stage) -> None:
    await stage.gateways[0].start()
    await stage.until_up()


async def stop_service(stage: Stage) -> None:
    await stage.gateways[0].stop()


async def restart_again_and_again(stage: Stage) -> None:
    for _ in range(4):
        await start_service(stage)
        await asyncio.sleep(6)  # long enough to be seen


async def say_stop(stage: Stage) -> None:
    stage.gateways[0].say_stop()


async def start_with_another_key(stage: Stage) -> None:
    other = stage.gateways[1]
    other.rewrite(lambda text: text.replace(CURSOR_KEY, OTHER_KEY))
    await other.start()
    await stage.until_up()


async def spoil_config(stage: Stage) -> None:
    stage.gateways[0].rewrite(lambda text: f"{text}{MISTAKE}")


async def mend_config(stage: Stage) -> None:
    stage.gateways[0].rewrite(lambda text: text.removesuffix(MISTAKE))


async def stop_the_other(stage: Stage) -> None:
    await stage.gateways.pop().stop()


SCENARIOS = {
    "providers-down": Scenario(
        "no provider can be reached",
        {"ErrorBudgetBurnsFast": NO_PROVIDER, "ErrorBudgetBurnsSlowly": NO_PROVIDER, "ProviderFailing": ALL},
        stop_providers,
        start_providers,
        options="breaker: {enabled: false}",
    ),
    "provider-failing": Scenario(
        "one provider answers with 503",
        {"PartialPages": NO_PROVIDER, "ProviderFailing": B3OS, "BreakerOpen": B3OS},
        faults(status=503),
        behave,
    ),
    "provider-flapping": Scenario(
        "one provider answers half of its calls with 503",
        {"RetryBudgetExhausted": B3OS},
        faults(status=503, probability=0.5),
        behave,
        options="breaker: {enabled: false}\n    retry_budget: {share: 0.05, floor: 0}\n    page_size: 10",
        tick=0.3,
        phases=(10, 35, 20),
        clients=8,
    ),
    "provider-slow": Scenario(
        "one provider takes nearly as long as it may",
        {"ProviderSlow": B3OS, "Slow": NO_PROVIDER},
        faults(latency=2.7),
        behave,
        options="timeout: 6s",
        tick=0.6,
        phases=(10, 30, 20),
        clients=24,
    ),
    "provider-saturated": Scenario(
        "one provider is slow, and only one call to it may be under way",
        {"BulkheadSaturated": B3OS},
        faults(latency=0.7),
        behave,
        options="max_concurrency: 1\n    page_size: 10",
        tick=0.25,
        phases=(10, 30, 25),
        clients=16,
    ),
    "credentials-revoked": Scenario(
        "the credential of one provider is revoked", {"ProviderRefusesCredentials": B3OS}, revoke, grant
    ),
    "redis-down": Scenario(
        "Redis is killed, and the memory tier is off",
        {"RedisUnavailable": NO_PROVIDER, "CacheCollapsed": NO_PROVIDER},
        stop_redis,
        start_redis,
        sections='cache: {url: "REDIS", memory: 0, fresh: 1h, if_error: 1h}',
        tick=0.15,
        phases=(60, 30, 70),
    ),
    "service-broken": Scenario(
        "a release has a bug that every page meets",
        {"Crashes": NO_PROVIDER, "ErrorBudgetBurnsFast": NO_PROVIDER},
        break_service,
        start_service,
    ),
    "service-restarting": Scenario(
        "the process is killed again and again",
        {"Restarting": NO_PROVIDER},
        restart_again_and_again,
        start_service,
        tick=0.3,
        tick_of_fault=5.0,
        phases=(5, 1, 35),
        clients=1,
    ),
    "service-gone": Scenario(
        "the only replica is gone", {"Absent": NO_PROVIDER}, stop_service, start_service, tick=0.2
    ),
    "service-draining": Scenario(
        "a replica is told to stop and takes long to do so",
        {"NotReady": NO_PROVIDER},
        say_stop,
        start_service,
        phases=(5, 20, 15),
    ),
    "keys-differ": Scenario(
        "a second replica runs with another cursor key",
        {"CursorsOfUnknownKey": NO_PROVIDER},
        start_with_another_key,
        stop_the_other,
        replicas=2,
    ),
    "config-spoiled": Scenario(
        "the configuration on disk is changed to one that cannot be used, and back",
        {"ConfigReloadFailed": NO_PROVIDER},
        spoil_config,
        mend_config,
        sections=f"cache: {UNCACHED}\nreload: {{every: 500ms}}",
        tick=0.3,
        phases=(5, 30, 30),
        clients=1,
    ),
    "memory-grows": Scenario(
        "the memory tier may hold more than the container",
        {"MemoryHigh": NO_PROVIDER},
        walk_until_full,
        start_service,
        sections="cache: {memory: 4GiB, fresh: 1h}",
        size=75_000,
        limit=100,
        tick=0.2,
        tick_of_fault=1.0,
        phases=(2, 15, 15),
        clients=0,
    ),
}
