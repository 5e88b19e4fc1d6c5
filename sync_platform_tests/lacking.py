"""What a machine lacks: the test is skipped and says so; in CI, which installs everything, it fails."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test for that reason, or fail in CI."""
    if os.environ.get("SYNC_PLATFORM_CI") == "1":
        pytest.fail(what)
    pytest.skip(what)
