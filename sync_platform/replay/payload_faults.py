"""What a mended record still breaks of its contract, field by field, so that all of it can be mended at once."""

from __future__ import annotations

from dataclasses import replace

from sync_platform.contracts.contract import Field, SourceVersion, VersionKind
from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import RecordRejected
from sync_platform.landing.letter_queue import KeptLetter
from sync_platform.pull.readers import entity_tools
from sync_platform.replay.judgement import Obstacle


def payload_faults(entity: Entity, letter: KeptLetter, payload: bytes) -> list[Obstacle]:
    """Every field that is wrong, then what is wrong with the record as a whole; nothing when it keeps its contract."""
    parts = entity_tools(entity)
    batch = parts.read([payload])
    whole = [Obstacle(error.reason, error.field, error.message) for _, error in batch.rejected]
    if whole:
        fields = [fault for field in entity.contract.fields if (fault := _fault(entity, field, payload)) is not None]
        named = {fault.field for fault in fields}
        return [*fields, *(fault for fault in whole if fault.field not in named)]
    (key,) = parts.keys(batch)
    if letter.record_key is not None and key != letter.record_key:
        return [Obstacle("key", "", "this is another record: an edit keeps the key")]
    return []


def _fault(entity: Entity, field: Field, payload: bytes) -> Obstacle | None:
    """What is wrong with one field, read alone."""
    contract = entity.contract
    alone = replace(
        contract,
        source_version=SourceVersion(VersionKind.NONE),
        fields=(field,),
        key=tuple(name for name in contract.key if name == field.name),
        business_day_field=field.name if contract.business_day_field == field.name else None,
        as_of_field=None,
    )
    picks = {name: pick for name, pick in entity.declaration.fields.items() if name == field.name}
    try:
        RecordReader(alone, picks=picks, calendar=entity.calendar).read(payload)
    except RecordRejected as error:
        return Obstacle(error.reason, error.field or field.name, error.message)
    return None
