"""Passwords: what is accepted as one, and their Argon2id hashes."""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sync_platform.errors import DeclarationError

# NIST SP 800-63B-4 (August 2025), 3.1.1.2: 15 where the password is all there is, at least 64 allowed, no other rules.
FEWEST_CHARACTERS, MOST_CHARACTERS = 15, 256
# Each takes 64 MiB for 0.1 s: a flood of logins waits instead of taking the machine's memory.
_AT_ONCE = 2


class Passwords:
    """Hashes and verifies; by default with what RFC 9106 recommends for 64 MiB, argon2-cffi's own parameters."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("")
        self._turn = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to keep, with its salt and parameters."""
        with self._turn:
            return self._hasher.hash(_normal(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash it takes as long and is not: the time tells no names."""
        with self._turn:
            try:
                self._hasher.verify(password_hash or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)


def check_password(password: str, *, name: str) -> None:
    """Raises DeclarationError when this cannot be the password of that user; the message does not repeat it."""
    normal = _normal(password)
    if not FEWEST_CHARACTERS <= len(normal) <= MOST_CHARACTERS:
        raise DeclarationError(
            f"the password has {len(normal)} characters.",
            remedy=f"Choose one of {FEWEST_CHARACTERS} to {MOST_CHARACTERS}; a few words are easiest to remember.",
        )
    if len(set(normal)) < 5 or name.casefold() in normal.casefold():
        raise DeclarationError(
            "the password is easily guessed: it holds the user's name or hardly any different characters.",
            remedy="Choose a few words that belong to nobody.",
        )


def _normal(password: str) -> str:
    """The same text from every keyboard."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", errors="replace").decode("utf-8"))
