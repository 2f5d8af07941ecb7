"""Two replicas that are configured differently while a rollout is under way: a walk goes from one to the other."""

import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, cycle, pairwise, repeat

import pytest

from gateway.api.keys import digest, new_key
from gateway.config.cursor_keys import encode
from gateway.demo import credentials
from tests.functional.world import CURSOR_KEY, Page, Replica, Walk, World, replica, report, world

OLD, NEW = CURSOR_KEY, encode(bytes(range(1, 65)))
#: how keys are changed: the new one is added, it is put first, the old one is taken away
PHASES = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]
MIXES = [*zip(PHASES, PHASES, strict=True), *pairwise(PHASES)]
#: how the entry of b3os begins, and what lets everybody in
B3OS = "  b3os:\n    type: b3os\n"
ANONYMOUS = "anonymous: {providers: [aitronos, scale-dex, b3os]}\n"


@asynccontextmanager
async def replicas(*configs: str) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(replica(config)) for config in configs]


async def walk(gateways: Iterable[Replica], limit: int = 10, cursor: str | None = None) -> Walk:
    """To the end; the n-th page is that of the n-th replica."""
    made = Walk()
    for gateway in gateways:
        made.pages.append(await gateway.page(limit=limit, **({"cursor": cursor} if cursor else {})))
        cursor = made.pages[-1]["next_cursor"]
        if cursor is None:
            break
    return made


def keyed(upstreams: World, keys: Iterable[str]) -> str:
    return upstreams.config(cursor=f"{{keys: [{', '.join(keys)}]}}")


def of_b3os(upstreams: World, lines: str) -> str:
    """The usual config with further lines in the entry of b3os."""
    return upstreams.config().replace(B3OS, f"{B3OS}    {lines}\n")


def without_b3os(upstreams: World) -> str:
    return upstreams.config(anonymous="{providers: [aitronos, scale-dex]}").partition("  b3os:\n")[0]


def ids(page: Page) -> list[str]:
    return [item["id"] for item in page["items"]]


def format_of(page: Page) -> int:
    return base64.urlsafe_b64decode(page["next_cursor"] + "==")[0]


@pytest.mark.parametrize("formats", [(1, 2), (2, 1), (1, 1)], ids=str)
async def test_a_walk_between_a_release_and_the_one_before_it_brings_everything_once(formats: tuple[int, int]) -> None:
    """The setting stands for the release before, whose cursors are of format 1."""
    async with world() as upstreams:
        configs = [upstreams.config(cursor=f"{{keys: [{OLD}], format: {version}}}") for version in formats]
        async with replicas(*configs) as gateways:
            walked = await walk(cycle(gateways))
            assert [format_of(page) for page in walked.pages[:2]] == list(formats)
            assert Counter(walked.ids) == upstreams.expected()
            assert walked.pages[-1]["complete"]
            assert upstreams.calls() == dict.fromkeys(upstreams.calls(), len(gateways))


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: "+".join(str(PHASES.index(keys)) for keys in mix))
async def test_keys_change_in_three_phases_under_a_walk(mix: tuple[list[str], list[str]]) -> None:
    async with world() as upstreams, replicas(*(keyed(upstreams, keys) for keys in mix)) as gateways:
        walked = await walk(cycle(gateways))
        assert Counter(walked.ids) == upstreams.expected()
        assert walked.pages[-1]["complete"]


async def test_a_cursor_of_a_retired_key_is_invalid_and_reaches_no_provider() -> None:
    async with world() as upstreams, replicas(*(keyed(upstreams, PHASES[n]) for n in (1, 3))) as (before, after):
        cursor = (await before.page(limit=10))["next_cursor"]
        calls = upstreams.calls()
        refused = await after.get(cursor=cursor)
        forged = await after.get(cursor="A" * len(cursor))
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (400, "cursor-invalid")
        assert refused.content == forged.content
        assert upstreams.calls() == calls


async def test_a_provider_that_half_the_replicas_know_is_walked_there_and_loses_nothing() -> None:
    async with world() as upstreams, replicas(upstreams.config(), without_b3os(upstreams)) as (every, fewer):
        walked = await walk(chain([every, fewer, fewer, every, fewer], repeat(every)))
        told = [report(page, "b3os")["status"] for page in walked.pages]
        assert told[:6] == ["ok", "removed", "removed", "ok", "removed", "ok"]
        assert [page["complete"] for page in walked.pages[:2]] == [True, False]
        assert Counter(walked.ids) == upstreams.expected()
        assert walked.pages[-1]["complete"]


async def test_a_provider_that_is_added_is_in_new_walks_only() -> None:
    async with world() as upstreams, replicas(without_b3os(upstreams), upstreams.config()) as (fewer, every):
        walked = await walk(chain([fewer], cycle([every, fewer])))
        names = {entry["provider"] for page in walked.pages for entry in page["providers"]}
        assert names == {"aitronos", "scale-dex"}
        assert (len(walked.ids), walked.pages[-1]["complete"]) == (100, True)
        assert Counter((await every.walk()).ids) == upstreams.expected()


@pytest.mark.parametrize("how", ["removed", "disabled", "renamed", "moved"])
async def test_what_is_no_longer_the_provider_that_it_was_is_lost_to_a_walk_that_has_begun(how: str) -> None:
    async with world() as upstreams:
        renamed = upstreams.config(anonymous="{providers: [aitronos, scale-dex, b3os-eu]}")
        configs = {
            "removed": without_b3os(upstreams),
            "disabled": of_b3os(upstreams, "enabled: false"),
            "renamed": renamed.replace("  b3os:\n", "  b3os-eu:\n"),
            "moved": upstreams.config().replace(credentials.B3OS_ORGANIZATION, "another"),
        }
        async with replicas(upstreams.config(), configs[how]) as (before, after):
            first = await before.page(limit=10)
            calls = upstreams.calls()["b3os"]
            rest = await walk(repeat(after), cursor=first["next_cursor"])
            assert upstreams.calls()["b3os"] == calls
            assert {report(page, "b3os")["status"] for page in rest.pages} == {"removed"}
            assert [report(page, "b3os")["lost"] for page in rest.pages[-2:]] == [None, "removed"]
            assert not any(page["complete"] for page in rest.pages)
            others = {id_: 1 for id_ in upstreams.expected() if not id_.startswith("b3os:")}
            assert Counter(id_ for id_ in [*ids(first), *rest.ids] if not id_.startswith("b3os:")) == others


@pytest.mark.parametrize("lines", ["page_size: 7", "page_size: 2", "cache: {fresh: 0s}", "headers: {X-Team: search}"])
async def test_what_leaves_tokens_their_meaning_changes_no_walk(lines: str) -> None:
    async with world() as upstreams, replicas(upstreams.config(), of_b3os(upstreams, lines)) as gateways:
        walked = await walk(cycle(gateways))
        assert Counter(walked.ids) == upstreams.expected()
        assert walked.pages[-1]["complete"]


async def test_a_rotated_credential_changes_no_walk_and_asks_anew() -> None:
    async with world() as upstreams:
        rotated = upstreams.config().replace(f"{{token: {credentials.B3OS_TOKEN}}}", "{token: rotated}")
        async with replicas(upstreams.config(), rotated) as (before, after):
            first = await before.page(limit=10)
            upstreams.b3os.tokens.clear()
            upstreams.b3os.tokens.add("rotated")
            calls = upstreams.calls()["b3os"]
            rest = await walk(repeat(after), cursor=first["next_cursor"])
            assert upstreams.calls()["b3os"] == calls + 1
            assert Counter([*ids(first), *rest.ids]) == upstreams.expected()
            assert rest.pages[-1]["complete"]


async def test_a_tenant_that_loses_a_provider_gets_nothing_more_of_it() -> None:
    key = new_key()
    headers = {"authorization": f"Bearer {key}"}

    def granting(upstreams: World, names: str) -> str:
        tenants = f'{{acme: {{keys: ["{digest(key)}"], providers: [{names}]}}}}'
        return upstreams.config(tenants=tenants).replace(ANONYMOUS, "")

    async with world() as upstreams:
        configs = granting(upstreams, "aitronos, scale-dex, b3os"), granting(upstreams, "aitronos, scale-dex")
        async with replicas(*configs) as (before, after):
            cursor = (await before.get(headers, limit=10)).json()["next_cursor"]
            calls = upstreams.calls()["b3os"]
            page = (await after.get(headers, cursor=cursor, limit=20)).json()
            told = report(page, "b3os")
            assert (told["status"], told["returned"], len(page["items"])) == ("removed", 0, 20)
            assert upstreams.calls()["b3os"] == calls
            withdrawn = await after.get(headers, provider="b3os")
            assert withdrawn.status_code == 400
            assert withdrawn.content == (await after.get(headers, provider="nowhere")).content
