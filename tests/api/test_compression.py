"""``Accept-Encoding`` (RFC 9110, section 12.5.3): gzip for who asks for it, made once for a page that is kept."""

import gzip

import pytest
from msgspec.structs import replace

from gateway.api.stores import PATH
from tests.api.connection import ACME_KEY, ask, request
from tests.api.serving import FETCHED, Served


@pytest.mark.parametrize("sent", ["gzip", "GZIP", "x-gzip", "br;q=1, gzip;q=0.5", "*", "deflate, *;q=0.1"])
async def test_who_accepts_gzip_gets_it(served: Served, sent: str) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, f"Accept-Encoding: {sent}"))
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body).startswith(b'{"items":[')


@pytest.mark.parametrize(
    "sent", [[], [""], ["identity"], ["gzip;q=0"], ["*;q=0"], ["gzip;q=0, *"], ["br"], ["gzip;q=x"]]
)
async def test_anyone_else_gets_the_body_as_it_is(served: Served, sent: list[str]) -> None:
    (answer,) = await ask(served, request(PATH, ACME_KEY, *(f"Accept-Encoding: {value}" for value in sent)))
    assert "content-encoding" not in answer.headers
    assert answer.body.startswith(b'{"items":[')


async def test_both_have_one_tag_and_say_that_they_vary(served: Served) -> None:
    zipped, plain = [await served.get(accept_encoding=coding) for coding in ("gzip", "identity")]
    assert zipped.headers["etag"] == plain.headers["etag"]
    assert "Accept-Encoding" in zipped.headers["vary"]
    assert zipped.content == plain.content


async def test_what_fits_into_one_packet_is_sent_as_it_is(served: Served) -> None:
    (answer,) = await ask(served, request(f"{PATH}?limit=0", ACME_KEY, "Accept-Encoding: gzip"))
    assert "content-encoding" not in answer.headers


async def test_a_page_that_is_kept_is_compressed_once_for_all(served: Served) -> None:
    served.world.origins = dict.fromkeys(served.world.acme, replace(FETCHED, ttl=30.0))
    answers = await ask(served, *[request(PATH, ACME_KEY, "Accept-Encoding: gzip")] * 3)
    assert len({answer.body for answer in answers}) == 1
    plain = (await ask(served, request(PATH, ACME_KEY)))[0]
    assert gzip.decompress(answers[0].body) == plain.body
