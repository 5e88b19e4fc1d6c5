"""Reads an answer's body to its end: decoded, complete, and never larger than agreed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

CHUNK_BYTES = 262_144
_GZIP, _ZLIB, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BodyTooLargeError(Exception):
    """The body passed the limit; nothing past it was kept."""


class BodyBrokenError(Exception):
    """The body ended in the middle of its encoding, or is not encoded as it says."""


def read_body(read: Callable[[int], bytes], *, encoding: str, limit_bytes: int) -> bytes:
    """The decoded body. `read(n)` gives up to n raw bytes, and b"" at the end.

    The limit holds for decoded bytes while they arrive: 48 kB of gzip can hold 50 MB.
    Raises BodyTooLargeError, BodyBrokenError, and whatever `read` raises.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return _read_plain(read, limit_bytes)
        case "gzip" | "x-gzip":
            return _read_compressed(read, limit_bytes=limit_bytes, window_bits=_GZIP)
        case "deflate":
            return _read_compressed(read, limit_bytes=limit_bytes, window_bits=_ZLIB)
    raise BodyBrokenError(f"the body is encoded as {encoding[:40]!r}, which was not asked for")


def _read_plain(read: Callable[[int], bytes], limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := read(CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > limit_bytes:
            raise BodyTooLargeError
    return b"".join(parts)


def _read_compressed(read: Callable[[int], bytes], *, limit_bytes: int, window_bits: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    decoder = None
    while part := read(CHUNK_BYTES):
        # Some servers send `deflate` without its zlib header, which RFC 9110 section 8.4.1.2 knows of.
        bare = window_bits == _ZLIB and part[0] & 0x0F != 8
        decoder = decoder or zlib.decompressobj(_DEFLATE if bare else window_bits)
        while part:
            try:
                decoded = decoder.decompress(part, limit_bytes - size + 1)
            except zlib.error as error:
                raise BodyBrokenError("the body is not encoded as its Content-Encoding says") from error
            parts.append(decoded)
            size += len(decoded)
            if size > limit_bytes:
                raise BodyTooLargeError
            part = decoder.unconsumed_tail
            if decoder.eof and decoder.unused_data:  # gzip allows several members, one after another
                part = decoder.unused_data
                decoder = zlib.decompressobj(window_bits)
    if decoder is not None and not decoder.eof:
        raise BodyBrokenError("the compressed body was cut")
    return b"".join(parts)
