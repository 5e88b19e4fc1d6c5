"""The key that seals the demo's dead letters: made once, kept in the state folder for its owner's eyes alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sync_platform.landing.letter_seal import new_key, read_letter_seal
from sync_platform.settings import LETTER_KEYS

KEYS_FILE = "letter_keys"


def demo_letter_keys(state_dir: Path, environment: Mapping[str, str]) -> str:
    """The environment's keys, else those of the state folder. Raises DeclarationError for what is no key."""
    keys = environment.get(LETTER_KEYS) or _kept(state_dir / KEYS_FILE)
    read_letter_seal({LETTER_KEYS: keys})
    return keys


def _kept(file: Path) -> str:
    """Made anew at the first start; a later one opens what the earlier ones sealed."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(new_key())
    return file.read_text(encoding="ascii").strip()
