"""The columns of a file: what a contract expects of each, and whether they are those that were declared."""

from __future__ import annotations

from collections.abc import Sequence

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import FileRefused


def column_types(entity: Entity) -> dict[str, FieldType]:
    """What the contract expects of each column that becomes a field as it is; of others nothing is known here."""
    picks = entity.declaration.fields
    return {picks.get(field.name, field.name).strip('"'): field.type for field in entity.contract.fields}


def refuse_other_names(found: Sequence[str], expected: Sequence[str]) -> None:
    """Raise FileRefused with the differences between the names of the columns and those declared."""
    if list(found) == list(expected):
        return
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    differences = [f"missing: {', '.join(missing)}"] if missing else []
    differences += [f"unknown: {', '.join(repr(name[:60]) for name in unknown[:10])}"] if unknown else []
    differences = differences or [f"their order is {', '.join(found)}"]
    raise FileRefused("columns", f"its columns are not those declared; {'; '.join(differences)}.")
