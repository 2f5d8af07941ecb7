"""Simulated lists over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.demo.server import Served
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import Drop, Fault, Hang, Query
from tests.support.simulated_fetch import query_of
from tests.support.simulated_rows import stores
from tests.support.simulated_server import list_path, serve
from tests.support.simulated_specs import provider


@asynccontextmanager
async def served(upstream: SimulatedList) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    async with (
        serve({"a": upstream}) as lists,
        httpx.AsyncClient(base_url=lists["a"].url, timeout=20, trust_env=False) as client,
    ):
        yield lists["a"], client


def ten(style: Style, **switches: Any) -> SimulatedList:
    return SimulatedList.of(style, stores("a", 10), **switches)


def queries(style: Style, address: str) -> list[Query]:
    """Those of a walk, and some that are refused."""
    upstream = ten(style, address=address)
    made = provider(style, "a", page_size=3)
    token = None
    while True:
        call = made.call(token)
        reply = upstream.answer(query_of(call.url))
        token = made.read(token, reply.body, reply.headers, 0.0).next
        if token is None:
            return [*upstream.asked, [("limit", "x")], [("limit", "1"), ("limit", "1")], [("colour", "é & +")]]


@pytest.mark.parametrize("style", STYLES)
async def test_the_same_replies_come_in_memory_and_over_http(style: Style) -> None:
    upstream = ten(style)
    async with served(upstream) as (_, client):
        twin = ten(style, address=upstream.address)
        for query in queries(style, upstream.address):
            response = await client.get(list_path("a"), params=list(query))
            reply = twin.answer(query)
            assert (response.status_code, response.content) == (reply.status, reply.body)
            assert reply.headers.items() <= dict(response.headers).items()
    assert upstream.asked == twin.asked


async def test_a_provider_finds_its_list() -> None:
    async with served(ten("page")) as (one, client):
        response = await client.get(provider("page", "a", base_url=one.url, page_size=4).call(None).url)
    assert len(response.json()["data"]) == 4


async def test_a_link_leads_to_where_the_list_is() -> None:
    async with served(ten("link_body")) as (_, client):
        first = await client.get(list_path("a"), params={"limit": 4})
        second = await client.get(first.json()["next"])
    assert [value["id"] for value in second.json()["data"]] == ["a4", "a5", "a6", "a7"]


async def test_each_list_has_a_port_of_its_own_and_no_other_path() -> None:
    async with serve({"a": ten("page"), "b": ten("token")}) as lists, httpx.AsyncClient(trust_env=False) as client:
        statuses = {
            (port, path): (await client.get(lists[port].url + list_path(path))).status_code
            for port in "ab"
            for path in "ab"
        }
    assert statuses == {("a", "a"): 200, ("a", "b"): 404, ("b", "a"): 404, ("b", "b"): 200}


async def test_a_fault_is_sent_as_it_is() -> None:
    fault = Fault(429, {"retry-after": "3", "content-type": "text/plain"}, b"busy")
    async with served(ten("offset", fault=lambda _: fault)) as (_, client):
        response = await client.get(list_path("a"))
    assert (response.status_code, response.headers["retry-after"], response.text) == (429, "3", "busy")


async def test_a_dropped_call_ends_without_an_answer() -> None:
    async with served(ten("offset", fault={1: Drop()}.get)) as (_, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(list_path("a"))
        assert (await client.get(list_path("a"))).status_code == 200


async def test_a_hanging_call_waits_while_others_are_answered() -> None:
    arrived = asyncio.Event()

    def hang_once(call: int) -> Hang | None:
        arrived.set()
        return Hang() if call == 1 else None

    async with served(ten("offset", fault=hang_once)) as (one, client):
        hanging = asyncio.create_task(client.get(list_path("a")))
        await arrived.wait()
        assert (await client.get(list_path("a"))).status_code == 200
        assert not hanging.done()
        await one.stop()
        (ended,) = await asyncio.gather(hanging, return_exceptions=True)
    assert isinstance(ended, httpx.TransportError)


async def test_a_stopped_list_is_refused_and_started_again_is_there() -> None:
    async with served(ten("offset")) as (one, client):
        await one.stop()
        with pytest.raises(httpx.ConnectError):
            await client.get(list_path("a"))
        await one.start()
        assert (await client.get(list_path("a"))).status_code == 200
