"""Reads a form that a browser sent: small, plain text, from a page of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from sync_platform.access.secret import is_csrf_token
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.settings import ConsoleSettings

CSRF = "csrf"
_MOST_FIELDS, _SECONDS = 100, 10
_KIND = "application/x-www-form-urlencoded"


async def read_form(request: Request, *, most_bytes: int) -> dict[str, str]:
    """The fields. Raises AccessRefused: 413, 408, 415, or 400 when the sender went away."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise AccessRefused("This is not a form of ours.", status=415)
    body = b""
    try:
        async with asyncio.timeout(_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most_bytes:
                    raise AccessRefused("This is more than any form of ours holds.", status=413)
    except TimeoutError as error:
        raise AccessRefused("The form did not arrive in time.", status=408) from error
    except ClientDisconnect as error:
        raise AccessRefused("The form did not arrive.", status=400) from error
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise AccessRefused("This is not a form of ours.", status=400) from error
    return {name: value.replace("\0", "�") for name, value in fields}


def require_own_form(request: Request, form: Mapping[str, str], cookie: str, settings: ConsoleSettings) -> None:
    """Raises AccessRefused unless the form is from a page of ours, opened in this very browser."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    is_foreign = origin is not None and not settings.is_our_origin(origin, request.headers.get("host", ""))
    if site not in ("same-origin", "none") or is_foreign or not cookie or not is_csrf_token(form.get(CSRF, ""), cookie):
        raise AccessRefused(
            "The form was not sent from a page of ours, or the page is too old. Open the page again and send it anew.",
            status=403,
        )
