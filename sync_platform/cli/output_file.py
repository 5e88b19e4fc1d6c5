"""Files that a command writes where somebody said."""

from __future__ import annotations

from pathlib import Path


def require_folder(file: Path) -> None:
    """Raises DeclarationError, before any work is done, where the file's folder is not there."""
    from sync_platform.errors import DeclarationError

    if not file.parent.is_dir():
        raise DeclarationError(f"there is no folder {file.parent}.", remedy="Make it, or name another.")
