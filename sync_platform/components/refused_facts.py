"""What Dagster is told of an entity's refused files: one check, those that nothing of their name followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dagster import AssetCheckEvaluation, AssetCheckSeverity, AssetCheckSpec, MetadataValue

from sync_platform.components.asset_facts import asset_key, markdown_table
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.files import RefusedFile

REFUSED_CHECK = "refused_files"
ANSWERED_WITHIN = timedelta(days=1)
"""How long the sender has, before the warning becomes an error."""
_MOST_NAMED = 3


def refused_check_specs(entity: Entity) -> list[AssetCheckSpec]:
    """The check of an entity that comes as files, over all days; others have none."""
    if entity.file is None:
        return []
    description = "No file is refused that did not come again; an error when one waits for more than a day."
    return [AssetCheckSpec(REFUSED_CHECK, asset=asset_key(entity), description=description)]


def refused_evaluation(entity: Entity, refused: Sequence[RefusedFile], *, now: datetime) -> AssetCheckEvaluation:
    """Of the refused files of all entities, newest first, those of this one."""
    own = [file for file in refused if (file.system, file.entity) == (entity.system, entity.name)]
    overdue = bool(own) and now - own[-1].settled_at > ANSWERED_WITHIN
    return AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=REFUSED_CHECK,
        passed=not own,
        severity=AssetCheckSeverity.ERROR if overdue else AssetCheckSeverity.WARN,
        description=_words(own),
        metadata={
            "refused": len(own),
            "files": MetadataValue.md(
                markdown_table(
                    [
                        {"file": file.name, "reason": file.reason, "refused": f"{file.settled_at:%Y-%m-%d %H:%M} UTC"}
                        for file in own
                    ]
                )
                or "none"
            ),
        },
    )


def _words(own: Sequence[RefusedFile]) -> str:
    if not own:
        return "No file is refused."
    named = ", ".join(f"{file.name} ({file.reason})" for file in own[:_MOST_NAMED])
    more = f" and {len(own) - _MOST_NAMED:,} more" if len(own) > _MOST_NAMED else ""
    files = "1 file is" if len(own) == 1 else f"{len(own):,} files are"
    return f"{files} refused and did not come again: {named}{more}. The report lies beside it in rejected/."
