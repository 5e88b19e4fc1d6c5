"""A person at the Dagster UI: Chromium, what it clicks, and whether a picture shows anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sync_platform_tests.lacking import lacking

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
# A cold webserver on a busy machine needs half a minute for its first page.
_PATIENCE_MS = 90_000
WIDTH, HEIGHT = 1500, 950


def installed_chromium() -> str:
    """Where the browser is; without one the test is skipped, in CI it fails."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        lacking("no Chromium on the PATH (Debian: apt-get install chromium)")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = installed_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, url: str, *, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Page]:
    """A page so many CSS pixels large, of which pictures are 1500 pixels wide; the asset graph runs downwards."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=WIDTH / width, color_scheme="light"
    )
    context.add_init_script("localStorage.setItem('asset-graph-direction', '\"vertical\"')")
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    try:
        page.goto(url)
        yield page
    finally:
        context.close()


def choose_days(page: Page, days: str) -> None:
    """Open the asset page's Materialize dialog and type the days, as Dagster writes a choice of partitions."""
    page.get_by_role("button", name="Materialize…").click()
    box = page.get_by_placeholder("No matching partitions").element_handle()
    assert box is not None
    box.fill(days)
    box.press("Enter")


def colours(page: Page, picture: Path) -> int:
    """How many different colours a picture has, counted by the browser; a blank one has a handful."""
    return int(
        page.evaluate(
            """async (data) => {
              const image = new Image();
              image.src = data;
              await image.decode();
              const canvas = document.createElement("canvas");
              canvas.width = image.width;
              canvas.height = image.height;
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
              return new Set(pixels).size;
            }""",
            _as_url(picture),
        )
    )


def _as_url(picture: Path) -> str:
    import base64

    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"
