"""The bytes of an answer: never more of them than allowed, on the wire or decompressed (RFC 9110, section 8.4)."""

import asyncio
import zlib
from collections.abc import AsyncIterable
from contextlib import suppress

import httpx

from gateway.core.errors import FailureCode, UpstreamError

#: what is read of a body nobody wants, so that its connection can be used again: bytes and seconds
DRAIN_BYTES = 16 * 1024
DRAIN_SECONDS = 0.1

#: from this size on a body is decompressed in a thread (zlib lets go of the interpreter meanwhile)
THREAD_BYTES = 64 * 1024

_GZIP = 31  # zlib's window bits for: a gzip header and trailer, the largest window


async def read_body(stream: AsyncIterable[bytes], most: int) -> bytes:
    """All of ``stream``. Raises ``UpstreamError`` (``too_large``) at the first byte above ``most``."""
    chunks, size = [], 0
    async for chunk in stream:
        size += len(chunk)
        if size > most:
            raise UpstreamError(
                FailureCode.TOO_LARGE, f"the answer is larger than {most} bytes: raise max_body or lower page_size"
            )
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def drain(stream: AsyncIterable[bytes]) -> None:
    """Read a small rest; give up on a large, slow or broken one."""
    with suppress(UpstreamError, TimeoutError, httpx.TransportError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await read_body(stream, DRAIN_BYTES)


async def decode(body: bytes, encoding: str, most: int) -> bytes:
    """``body`` without its ``encoding``, the value of its ``Content-Encoding`` header: gzip, or none.

    Raises ``UpstreamError``: ``malformed`` for any other encoding, or a stream that is not one whole gzip member;
    ``too_large`` above ``most`` bytes.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise UpstreamError(FailureCode.MALFORMED, "the answer's encoding is not the one that was asked for")
    return await asyncio.to_thread(gunzip, body, most) if len(body) > THREAD_BYTES else gunzip(body, most)


def gunzip(body: bytes, most: int) -> bytes:
    """The content of one gzip member (RFC 1952). Holds at most ``most`` bytes of it, whatever the member promises."""
    inflate = zlib.decompressobj(wbits=_GZIP)
    try:
        content = inflate.decompress(body, most + 1)
    except zlib.error:
        raise UpstreamError(FailureCode.MALFORMED, "the answer is not the gzip it says it is") from None
    if len(content) > most:
        raise UpstreamError(
            FailureCode.TOO_LARGE,
            f"the decompressed answer is larger than {most} bytes: raise max_decoded_body or lower page_size",
        )
    if not inflate.eof or inflate.unused_data:
        raise UpstreamError(FailureCode.MALFORMED, "the answer is not one whole gzip stream")
    return content
