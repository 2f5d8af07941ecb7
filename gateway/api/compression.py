"""Bodies as gzip (RFC 1952), for clients that ask for it."""

import asyncio
import gzip

#: bytes; a shorter body fits into one packet as it is
WORTHWHILE = 1024
#: from this size on it is done in a thread (zlib lets go of the interpreter meanwhile)
THREAD_BYTES = 64 * 1024
#: of 1 to 9: beyond 6 there is little left to gain
LEVEL = 6


async def compressed(body: bytes) -> bytes:
    """``body`` as one gzip member without a time, so that equal bodies stay equal."""
    if len(body) > THREAD_BYTES:
        return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
    return gzip.compress(body, LEVEL, mtime=0)
