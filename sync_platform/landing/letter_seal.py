"""Seals the payloads of dead letters that hold personal data, with keys that only the environment knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sync_platform.contracts.contract import Contract
from sync_platform.errors import DeclarationError
from sync_platform.settings import LETTER_KEYS

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


@dataclass(frozen=True)
class KeptPayload:
    """A payload as it is stored; None where it is withheld."""

    payload: bytes | None
    sealed: bool


@dataclass(frozen=True)
class LetterSeal:
    """`keys` are Fernet keys, the newest first: it seals, all of them open. Without one nothing personal is stored."""

    keys: tuple[str, ...] = ()

    def keep(self, payload: bytes, contract: Contract) -> KeptPayload:
        """What may be stored of a record of that contract: all of it, its sealed form, or nothing."""
        if not is_personal(contract):
            return KeptPayload(payload, sealed=False)
        if not self.keys:
            return KeptPayload(None, sealed=False)
        return KeptPayload(_fernet(self.keys).encrypt(payload), sealed=True)

    def is_newest(self, payload: bytes) -> bool:
        """Whether the newest key sealed this payload."""
        return LetterSeal(self.keys[:1]).open(payload, sealed=True) is not None

    def sealed_anew(self, payload: bytes) -> bytes | None:
        """A sealed payload, sealed by the newest key; None where no key opens it."""
        opened = self.open(payload, sealed=True)
        return None if opened is None else _fernet(self.keys).encrypt(opened)

    def open(self, payload: bytes, *, sealed: bool) -> bytes | None:
        """The payload as it was; None where no key opens it."""
        if not sealed:
            return payload
        if not self.keys:
            return None
        from cryptography.fernet import InvalidToken

        try:
            return _fernet(self.keys).decrypt(payload)
        except InvalidToken:
            return None


NO_KEYS = LetterSeal()


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    # cryptography: 0.1 s, and most loads reject nothing.
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in keys])


def is_personal(contract: Contract) -> bool:
    """Whether records of that contract may hold personal data."""
    return any(field.personal for field in contract.fields)


def read_letter_seal(environment: Mapping[str, str]) -> LetterSeal:
    """The seal of the environment's keys, separated by commas. Raises DeclarationError for what is no key."""
    keys = tuple(key.strip() for key in environment.get(LETTER_KEYS, "").split(",") if key.strip())
    if keys:
        from cryptography.fernet import Fernet

        for number, key in enumerate(keys, start=1):
            try:
                Fernet(key)
            except ValueError as error:
                raise DeclarationError(
                    f"key {number} of {LETTER_KEYS} is no Fernet key (32 bytes in URL-safe base64).",
                    remedy="`sync-platform dead-letters new-key` makes one.",
                ) from error
    return LetterSeal(keys)


def new_key() -> str:
    """A fresh key for LETTER_KEYS."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
