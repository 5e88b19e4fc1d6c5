"""The file in which a running demo gives its variables to other terminals, for whoever misses one of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from sync_platform.settings import state_dir

# Written by operations/demo_run.py, removed when the demo ends.
VARIABLES_FILE = "demo.env"
_EXPORT = re.compile(r"^export (\w+)=", re.MULTILINE)


def demo_remedy(missing: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """The command that sets one of the missing variables, None where no demo runs or its file names none of them."""
    file = state_dir(environment) / VARIABLES_FILE
    try:
        named = _EXPORT.findall(file.read_text(encoding="utf-8"))
    except OSError:
        return None
    if set(missing).isdisjoint(named):
        return None
    return f"For the demo that is running: . {shlex.quote(str(file))}"
