"""Where a test's embedded PostgreSQL lies, to be removed."""

from __future__ import annotations

import shutil
from pathlib import Path


def remove_place(folder: Path) -> None:
    """Remove a state folder's PostgreSQL, wherever it had to be put."""
    for marker in ("location", "socket_location"):
        if (folder / marker).exists():
            shutil.rmtree((folder / marker).read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
