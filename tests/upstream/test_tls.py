"""Whom we trust and what we prove: verification is always on, and nothing falls back to plain text."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from gateway.core.errors import ConfigError, FailureCode
from gateway.upstream.options import TlsOptions
from gateway.upstream.tls import tls_context
from tests.upstream.calling import calling
from tests.upstream.wire import Peer, Wire, answer, answers, keeps_answering, serve


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA) -> Iterator[str]:
    with authority.cert_pem.tempfile() as path:
        yield path


def a_server(authority: trustme.CA, name: str = "127.0.0.1", *, asks: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if asks is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        asks.configure_trust(context)
    return context


async def refused(wire: Wire, **tls: Any) -> None:
    async with calling(wire.url, tls=tls) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, False)
        assert error.detail.startswith("no TLS connection")
        assert wire.requests == []


async def test_a_server_whose_authority_is_trusted_is_called(authority: trustme.CA, bundle: str) -> None:
    async with serve(keeps_answering(answer()), tls=a_server(authority)) as wire:
        async with calling(wire.url, tls={"ca": bundle}) as caller:
            await caller.page()
            await caller.page()
        await wire.clients_gone()
        assert wire.connections == 1


async def test_an_authority_that_is_not_trusted_is_refused(authority: trustme.CA) -> None:
    async with serve(answers(answer()), tls=a_server(authority)) as wire:
        await refused(wire)


async def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, bundle: str) -> None:
    async with serve(answers(answer()), tls=a_server(authority, "elsewhere.example")) as wire:
        await refused(wire, ca=bundle)


async def test_an_old_protocol_is_refused(authority: trustme.CA, bundle: str) -> None:
    server = a_server(authority)
    server.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        server.minimum_version, server.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    async with serve(answers(answer()), tls=server) as wire, calling(wire.url, tls={"ca": bundle}) as caller:
        assert (await caller.failure()).code == FailureCode.UNREACHABLE
        assert wire.requests == []


async def test_a_server_that_speaks_plain_text_is_refused() -> None:
    async def speaks_plainly(peer: Peer) -> None:
        await peer.send(answer())
        await peer.gone()

    async with serve(speaks_plainly) as wire:
        wire.url = wire.url.replace("http:", "https:")
        await refused(wire)


async def test_a_handshake_that_stalls_ends_at_the_connect_timeout() -> None:
    async def stalls(peer: Peer) -> None:
        await peer.gone()

    async with (
        serve(stalls) as wire,
        calling(wire.url.replace("http:", "https:"), connect_timeout=0.1, timeout=20) as caller,
    ):
        assert (await caller.failure()).code == FailureCode.TIMEOUT
        await wire.clients_gone()


async def test_a_client_certificate_is_shown_where_it_is_asked_for(authority: trustme.CA, bundle: str) -> None:
    client = authority.issue_cert("gateway@example.org")
    server = a_server(authority, asks=authority)
    with client.private_key_and_cert_chain_pem.tempfile() as pem:
        tls = {"ca": bundle, "certificate": pem}
        async with serve(answers(answer()), tls=server) as wire, calling(wire.url, tls=tls) as caller:
            assert len((await caller.page()).items) == 1


async def test_certificate_and_key_may_be_two_files(authority: trustme.CA, bundle: str, tmp_path: Path) -> None:
    client = authority.issue_cert("gateway@example.org")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    client.private_key_pem.write_to_path(str(key))
    for part in client.cert_chain_pems:
        part.write_to_path(str(chain), append=True)
    server, tls = a_server(authority, asks=authority), {"ca": bundle, "certificate": str(chain), "key": str(key)}
    async with serve(answers(answer()), tls=server) as wire, calling(wire.url, tls=tls) as caller:
        assert len((await caller.page()).items) == 1


async def test_a_server_that_misses_our_certificate_is_unreachable(authority: trustme.CA, bundle: str) -> None:
    server = a_server(authority, asks=authority)
    async with serve(answers(answer()), tls=server) as wire, calling(wire.url, tls={"ca": bundle}) as caller:
        assert (await caller.failure()).code == FailureCode.UNREACHABLE
        assert wire.requests == []


def test_a_context_verifies_peer_and_name() -> None:
    context = tls_context(TlsOptions())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "content", [None, "", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
@pytest.mark.parametrize("option", ["ca", "certificate"])
def test_a_file_that_will_not_do_is_named_by_its_option(tmp_path: Path, option: str, content: str | None) -> None:
    path = tmp_path / "CANARY.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=rf"^tls\.{option}") as caught:
        tls_context(TlsOptions.model_validate({option: path}))
    assert "CANARY" not in str(caught.value)


def test_a_key_under_a_password_is_a_problem_and_not_a_question(authority: trustme.CA, tmp_path: Path) -> None:
    client = authority.issue_cert("gateway@example.org")
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    path, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    chain.write_bytes(b"".join(part.bytes() for part in client.cert_chain_pems))
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match=r"^tls\.certificate"):
        tls_context(TlsOptions(certificate=chain, key=path))
