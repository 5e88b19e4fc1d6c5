"""Serves a folder of rendered pages over HTTP with keep-alive: a partner that costs next to nothing.

`python -m benchmarks.server FOLDER` prints its base URL and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Pages:
    """The pages of one folder, as an asyncio protocol's answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def answer(self, target: str) -> tuple[int, bytes]:
        page = parse_qs(urlsplit(target).query).get("page", ["1"])[0]
        file = self._folder / f"page-{int(page):05}.json"
        return (200, file.read_bytes()) if file.exists() else (200, b'{"sales": [], "page": %d}' % int(page))


async def _serve(pages: Pages, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            _, target, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
            status, body = pages.answer(target.decode())
            date = format_datetime(datetime.now(UTC), usegmt=True)
            writer.write(
                f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"Date: {date}\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _main(folder: Path) -> None:
    pages = Pages(folder)
    server = await asyncio.start_server(lambda r, w: _serve(pages, r, w), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
