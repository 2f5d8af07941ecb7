from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from gateway.demo import credentials
from gateway.demo.server import serve_upstreams
from gateway.demo.upstream import Upstream

HEADERS = {
    "aitronos": {"authorization": f"Bearer {credentials.AITRONOS_TOKEN}"},
    "scale-dex": {
        "x-api-key": credentials.SCALE_DEX_API_KEY,
        "x-selected-account-id": credentials.SCALE_DEX_ACCOUNT,
    },
    "b3os": {"authorization": f"Bearer {credentials.B3OS_TOKEN}"},
}
PATHS = {
    "aitronos": f"/v1/organizations/{credentials.AITRONOS_ORGANIZATION}/knowledge/stores",
    "scale-dex": f"/v1/projects/{credentials.SCALE_DEX_PROJECT}/vector-stores",
    "b3os": f"/v1/organizations/{credentials.B3OS_ORGANIZATION}/knowledge",
}


class Caller:
    """A client of one simulated upstream, with its credentials."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self.client = client
        self.path = PATHS[name]

    async def list(self, **params: Any) -> httpx.Response:
        return await self.client.get(self.path, params=params)

    async def page(self, **params: Any) -> Any:
        response = await self.list(**params)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        return response.json()


@asynccontextmanager
async def calling(upstream: Upstream) -> AsyncIterator[Caller]:
    async with (
        serve_upstreams(upstream) as (served,),
        httpx.AsyncClient(
            base_url=served.url, headers=HEADERS[upstream.name], timeout=20, verify=False, trust_env=False
        ) as client,
    ):
        yield Caller(client, upstream.name)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]
