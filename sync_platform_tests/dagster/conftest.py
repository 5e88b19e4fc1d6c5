"""One running platform for all tests of this folder, and a browser where the machine has one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sync_platform_tests.dagster.browser import open_browser
from sync_platform_tests.dagster.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The platform with its sensors running; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="platform"))
    # Started by root, PostgreSQL runs as another user, who has to walk through; its own data folder stays closed.
    folder.chmod(0o711)
    try:
        with running_stack(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def synced(stack: Stack) -> Stack:
    """The platform once its sensors brought in today and the history, and compared the stock."""
    stack.wait("today and 14 days of every entity", stack.is_synced, seconds=600)
    return stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for tests marked `browser`."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept: the folder named by SYNC_PLATFORM_SCREENSHOTS, else a temporary one."""
    named = os.environ.get("SYNC_PLATFORM_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
