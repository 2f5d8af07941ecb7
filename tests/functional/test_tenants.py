"""Two tenants with the same providers and other credentials: nothing of the one reaches the other."""

from gateway.api.keys import digest, new_key
from gateway.demo import credentials
from gateway.demo.aitronos import Aitronos
from gateway.demo.server import serve_upstreams
from tests.functional.world import CURSOR_KEY, ENDPOINT, replica

ACME, GLOBEX = new_key(), new_key()


def config(acme_url: str) -> str:
    return f"""
server: {{port: 0, metrics_port: 0}}
cursor: {{keys: [{CURSOR_KEY}]}}
providers:
  aitronos:
    type: aitronos
    base_url: {acme_url}
    params: {{organization_id: {credentials.AITRONOS_ORGANIZATION}}}
    credentials: {{token: {credentials.AITRONOS_TOKEN}}}
tenants:
  acme: {{keys: ["{digest(ACME)}"], providers: [aitronos]}}
  globex:
    keys: ["{digest(GLOBEX)}"]
    providers: [aitronos]
    credentials: {{aitronos: {{token: globex-token}}}}
    params: {{aitronos: {{organization_id: org_globex}}}}
"""


def altered(cursor: str) -> str:
    """The cursor with another character in its middle."""
    middle = len(cursor) // 2
    return cursor[:middle] + ("B" if cursor[middle] == "A" else "A") + cursor[middle + 1 :]


async def test_items_cursors_and_cache_entries_stay_with_their_tenant() -> None:
    upstream = Aitronos(30)
    async with serve_upstreams(upstream) as (served,), replica(config(served.url)) as gateway:
        acme, globex = {"authorization": f"Bearer {ACME}"}, {"x-api-key": GLOBEX}
        first = (await gateway.get(acme, limit=10)).json()
        assert len(first["items"]) == 10
        refused = (await gateway.get(globex, limit=10)).json()
        assert refused["providers"][0]["error"]["code"] == "unauthorized", "nothing came from the other's cache"
        upstream.tokens.add("globex-token")
        upstream.organizations.add("org_globex")
        theirs = (await gateway.get(globex, limit=10)).json()
        assert [call.path.split("/")[3] for call in upstream.calls.recent if call.status == 200] == [
            credentials.AITRONOS_ORGANIZATION, "org_globex",
        ]  # fmt: skip
        stolen = await gateway.get(globex, cursor=first["next_cursor"])
        forged = await gateway.get(globex, cursor=altered(theirs["next_cursor"]))
        assert stolen.status_code == 400
        assert stolen.content == forged.content


async def test_no_key_and_a_wrong_key_are_refused_alike() -> None:
    async with serve_upstreams(Aitronos(3)) as (served,), replica(config(served.url)) as gateway:
        none = await gateway.client.get(ENDPOINT)
        wrong = await gateway.client.get(ENDPOINT, headers={"authorization": f"Bearer {new_key()}"})
        assert (none.status_code, wrong.status_code) == (401, 401)
        assert none.content == wrong.content
        assert none.headers["www-authenticate"].startswith("Bearer")
