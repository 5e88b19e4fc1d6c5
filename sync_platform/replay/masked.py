"""What may be shown of a dead letter's record: personal fields masked, and nothing that its contract does not know."""

from __future__ import annotations

from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.letter_queue import KeptLetter
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.pull.day_read import CONFLICT
from sync_platform.redact import mask_value, redact

_CELL_CHARACTERS = 80


def masked_record(entity: Entity, letter: KeptLetter, *, seal: LetterSeal) -> dict[str, str] | None:
    """The contract's fields as text; None where the record is withheld or is no JSON object.

    Fields that the contract does not name may be anybody's, so they are not shown.
    """
    payload = letter.opened(seal)
    if payload is None:
        return None
    try:
        document = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    in_contract_form = letter.reason == CONFLICT and not letter.edited
    picks = {} if in_contract_form else entity.declaration.fields
    shown = {}
    for field in entity.contract.fields:
        value = _picked(document, picks.get(field.name, field.name))
        if value is not None:
            shown[field.name] = mask_value(value) if field.personal else _cell(value)
    return shown


def masked_key(entity: Entity, letter: KeptLetter) -> str | None:
    """The record's key, masked where one of its fields is personal."""
    if letter.record_key is None:
        return None
    personal = any(entity.contract.field(name).personal for name in entity.contract.key)
    return mask_value(letter.record_key) if personal else letter.record_key


def _picked(document: dict[str, Any], expression: str) -> Any:
    try:
        return jmespath.search(expression, document)
    except JMESPathError:
        return None


def _cell(value: Any) -> str:
    text = redact(value if isinstance(value, str) else msgspec.json.encode(value).decode())
    return text if len(text) <= _CELL_CHARACTERS else f"{text[: _CELL_CHARACTERS - 1]}…"
