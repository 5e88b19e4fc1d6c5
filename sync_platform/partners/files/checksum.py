"""The digest that a sender wrote for a file, beside it or in a manifest, held against what came."""

from __future__ import annotations

import hmac
import re

from sync_platform.declarations.files import Checksum
from sync_platform.errors import FileRefused
from sync_platform.partners.files.folder import DropFolder
from sync_platform.partners.files.work_copy import WorkCopy

# `<digest>  <name>` as sha256sum and md5sum write it, with * for binary files; or the digest alone.
_LINE = re.compile(r"(?P<digest>[0-9A-Fa-f]{32,64})(?:[ \t]+\*?(?P<name>.+))?")


def told_digest(folder: DropFolder, name: str, declared: Checksum) -> str | None:
    """The digest told for a file, in lower case; None when it has not come. Raises FileRefused for one unreadable."""
    source = declared.manifest or f"{name}{declared.sidecar}"
    text = folder.read_small(source)
    if text is None:
        return None
    names = {name} if declared.manifest else {name, None}
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is not None and found["name"] in names:
            return found["digest"].lower()
    if declared.manifest:
        return None
    raise FileRefused("checksum", f"{source} holds no digest of {name}.")


def judge_checksum(copy: WorkCopy, told: str, declared: Checksum) -> None:
    """Raise FileRefused when the digest is another one."""
    came = copy.sha256 if declared.kind == "sha256" else copy.md5
    if not hmac.compare_digest(came.hex(), told):
        raise FileRefused("checksum", f"its {declared.kind} begins with {came.hex()[:12]}, told was {told[:12]}.")
