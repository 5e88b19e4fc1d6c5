"""How a record's values are shown: those of personal fields masked, unless they were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from sync_platform.contracts.contract import Contract, FieldType
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import RecordRejected
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.pull.readers import entity_tools
from sync_platform.redact import mask_value


@dataclass(frozen=True)
class Shown:
    """Shows values with personal ones in clear or masked. `seal` opens sealed dead letters, where it has their key."""

    personal: bool
    seal: LetterSeal

    def fields(self, contract: Contract, values: Mapping[str, Any]) -> dict[str, Any]:
        """The contract's fields in order, those without a value left out."""
        return {
            field.name: values[field.name] if self.personal or not field.personal else mask_value(values[field.name])
            for field in contract.fields
            if values.get(field.name) is not None
        }

    def differences(
        self, contract: Contract, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """The contract's fields that differ, each with both values; of a masked one both may look the same."""
        old, new = self.fields(contract, before), self.fields(contract, after)
        return {
            name: {"before": old.get(name), "after": new.get(name)}
            for name in contract.columns
            if before.get(name) != after.get(name)
        }

    def key(self, entity: Entity, key: str | None) -> str | None:
        """A key text with its personal parts masked."""
        contract = entity.contract
        if key is None or self.personal or not any(contract.field(name).personal for name in contract.key):
            return key
        parts = zip(contract.key, msgspec.json.decode(key), strict=True)
        masked = [mask_value(part) if contract.field(name).personal else part for name, part in parts]
        return msgspec.json.encode(masked).decode()

    def payload(self, payload: bytes | None) -> dict[str, Any]:
        """A record's bytes as they came: their size and checksum, and the bytes themselves only where asked for.

        Nothing of a dead letter whose record is withheld.
        """
        if payload is None:
            return {}
        told: dict[str, Any] = {"payload_bytes": len(payload), "payload_sha256": sha256(payload).hexdigest()}
        return told | ({"payload": payload.decode("utf-8", errors="replace")} if self.personal else {})


def read_payload(entity: Entity, payload: bytes) -> dict[str, Any] | None:
    """A captured record as its contract reads it now; None where it breaks it."""
    try:
        record = entity_tools(entity).reader.read(payload)
    except RecordRejected:
        return None
    values = dict(zip(entity.contract.columns, record.values, strict=True))
    for field in entity.contract.fields:
        if field.type is FieldType.JSON and isinstance(values[field.name], str):
            values[field.name] = msgspec.json.decode(values[field.name])
    return values
