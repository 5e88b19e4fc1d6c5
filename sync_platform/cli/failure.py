"""How a command fails: one line that says what to do, an exit code, and never a traceback on the screen."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sync_platform.errors import DeclarationError, SyncError
from sync_platform.operations.variables_file import demo_remedy
from sync_platform.redact import redact
from sync_platform.settings import state_dir

INTERNAL_ERROR = 70
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


def line_of(error: SyncError, environment: Mapping[str, str]) -> str:
    """The error on one line; while a demo runs, a missing variable of its comes with the file that sets it."""
    if not isinstance(error, DeclarationError):
        return " ".join(redact(str(error)).split())
    # A remedy like `export POS_TOKEN=…` is not a credential, and what was declared holds none.
    line = " ".join(str(error).split())
    if "not set in the environment" not in line:
        return line
    remedy = demo_remedy(_VARIABLE.findall(line), environment)
    return f"{line} {remedy}" if remedy else line


def keep_traceback(error: BaseException, environment: Mapping[str, str]) -> Path | None:
    """Write an unforeseen error's traceback to a log file, redacted; None where nothing can be written."""
    name = f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    text = redact("".join(traceback.format_exception(error)))
    for folder in (state_dir(environment) / "logs", Path.cwd()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / name
            file.write_text(text, encoding="utf-8")
            file.chmod(0o600)
        except OSError:
            continue
        return file
    return None
