"""The prepared answers of the bench's upstreams are those of the three APIs."""

import orjson
import pytest

from gateway.provider import catalog
from gateway.provider.spec import ProviderSpec
from loadtests.bench.baselines.given import Call
from loadtests.bench.gateway_config import calls
from loadtests.bench.upstreams import SHAPES

TOTAL = 45


def walk(name: str) -> list[str]:
    """The ids of a whole list, led by what each page says of the next."""
    shape, ids, place = SHAPES[name], [], "0"
    while place:
        page = orjson.loads(
            shape.page(f"/v1/any?{shape.place}={place}&{shape.limit}=20", TOTAL).partition(b"\r\n\r\n")[2]
        )
        ids += [item["id"] for item in page["items"]]
        more = page.get("has_more", page.get("hasMore"))
        place = (str(len(ids)) if more else "") if more is not None else page["next_token"]
    return ids


@pytest.mark.parametrize("name", SHAPES)
def test_a_list_ends_after_its_last_item(name: str) -> None:
    ids = walk(name)
    assert len(ids) == len(set(ids)) == TOTAL


@pytest.mark.parametrize("name", SHAPES)
def test_the_parameters_are_those_of_the_built_in_type(name: str) -> None:
    spec: ProviderSpec = catalog.spec(name)
    pagination = spec.pagination.model_dump()
    assert SHAPES[name].limit == pagination["limit"]
    assert SHAPES[name].place == pagination.get("offset", pagination.get("token"))


@pytest.mark.parametrize("name", SHAPES)
def test_an_aggregator_written_by_hand_asks_for_the_same_page(name: str) -> None:
    (call,) = calls([(name, 8081)])
    shape = SHAPES[name]
    assert Call(call.url, {}).target.startswith("/v1/")
    assert f"{shape.limit}=20" in call.target
    assert shape.page(call.target, TOTAL) == shape.page(f"/v1/any?{shape.place}=0&{shape.limit}=20", TOTAL)
