"""Reads a request's body to its end, no more of it than allowed and for no longer than allowed."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from sync_platform.errors import WebhookRejected


async def read_body(request: Request, *, limit_bytes: int, timeout_seconds: float) -> bytes:
    """The body as it was sent. Raises WebhookRejected: 413, 408, 415, or 400 when the sender went away.

    Compressed bodies are refused unread: no kind of webhook sends one, and what is signed would be ambiguous.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise WebhookRejected("compressed", status=415)
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit_bytes:
        raise WebhookRejected("too_large", status=413)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_seconds):
            async for part in request.stream():
                size += len(part)
                if size > limit_bytes:
                    raise WebhookRejected("too_large", status=413)
                parts.append(part)
    except TimeoutError as error:
        raise WebhookRejected("too_slow", status=408) from error
    except ClientDisconnect as error:
        raise WebhookRejected("hung_up", status=400) from error
    return b"".join(parts)
