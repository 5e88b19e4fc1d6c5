"""What Dagster is told about an entity: its spec from declaration and contract, and the facts of each load."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetSpec,
    FreshnessPolicy,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableSchema,
)
from dagster._core.definitions.metadata import RawMetadataValue

from sync_platform.components.partitions import business_days
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.freshness.promise import Verdict
from sync_platform.landing.entity_table import column_type
from sync_platform.landing.loads import Load

RULES_CHECK, AS_OF_CHECK = "rules", "as_of"
# "Something ran" within a day: the native policy knows no more than that; as_of is judged by our own check.
NATIVE_WINDOW = timedelta(hours=24)
# A policy has no words of its own in the UI; the description is what stands on the asset's page beside it.
NATIVE_WORDS = (
    "The freshness policy says only that something ran; how true the data is, say the check `as_of` and the freshness "
    "report."
)


def asset_key(entity: Entity) -> AssetKey:
    """System and entity."""
    return AssetKey([entity.system, entity.name])


def team_owner(name: str) -> str:
    """The owner as Dagster takes it: `team:e-commerce-operations`."""
    return "team:" + "".join(character if character.isalnum() else "-" for character in name.lower()).strip("-")


def asset_spec(system: PartnerSystem, entity: Entity) -> AssetSpec:
    """The asset of one entity, with everything a person needs to know to trust it."""
    contract = entity.contract
    return AssetSpec(
        key=asset_key(entity),
        partitions_def=business_days,
        skippable=True,
        group_name=system.name,
        description="\n\n".join((f"{contract.title}. {contract.description}".strip(), NATIVE_WORDS)),
        kinds={"python", "postgres"},
        owners=[team_owner(contract.owner.name)],
        tags={
            "contract": contract.id.replace("/", "."),
            "contract_version": contract.version,
            "kind": contract.kind.value,
        },
        metadata={
            "dagster/column_schema": column_schema(entity),
            "dagster/table_name": f"landing.{entity.table}",
            "business_days": f"{system.declaration.time_zone}, from {system.declaration.day_starts_at:%H:%M}",
            "key": ", ".join(contract.key),
            "source_version": contract.source_version.kind.value,
        },
        freshness_policy=FreshnessPolicy.time_window(fail_window=NATIVE_WINDOW),
    )


def column_schema(entity: Entity) -> TableSchema:
    """The landing table's contract columns, with the contract's words."""
    return TableSchema(
        columns=[
            TableColumn(
                name=field.name,
                type=column_type(field),
                description=field.description + (f" Unit: {field.unit}." if field.unit else ""),
                constraints=TableColumnConstraints(
                    nullable=not field.required, unique=entity.contract.key == (field.name,)
                ),
                tags={"personal": ""} if field.personal else {},
            )
            for field in entity.contract.fields
        ]
    )


def check_specs(entity: Entity) -> list[AssetCheckSpec]:
    """Two checks a day: the contract's rules (one event, the rules in its metadata) and the as_of promise."""
    return [
        AssetCheckSpec(
            RULES_CHECK,
            asset=asset_key(entity),
            description=f"{len(entity.contract.rules)} rules of the contract, by Great Expectations in PostgreSQL.",
            partitions_def=business_days,
        ),
        AssetCheckSpec(
            AS_OF_CHECK,
            asset=asset_key(entity),
            description="The day's as_of keeps the contract's freshness promise.",
            partitions_def=business_days,
        ),
    ]


def load_metadata(load: Load, *, rows: int, preview: Sequence[Mapping[str, str]] = ()) -> dict[str, RawMetadataValue]:
    """The facts of one load."""
    facts: dict[str, RawMetadataValue] = {
        "dagster/partition_row_count": rows,
        "load_id": str(load.load_id),
        "way": load.way,
        "outcome": load.outcome,
        "seconds": round(load.seconds, 3),
        "requests": load.requests,
    }
    for name in (
        "read",
        "inserted",
        "updated",
        "unchanged",
        "superseded",
        "dead_lettered",
        "tombstoned",
        "revived",
        "moved",
        "changed_without_version",
    ):
        facts[name] = getattr(load, name)
    for name in ("as_of", "looked_at", "loaded_at"):
        moment: datetime | None = getattr(load, name)
        if moment is not None:
            facts[name] = MetadataValue.timestamp(moment)
    if preview:
        facts["preview"] = MetadataValue.md(markdown_table(preview))
    return facts


def materialization(entity: Entity, day: date, metadata: Mapping[str, RawMetadataValue]) -> AssetMaterialization:
    """One day's own facts."""
    return AssetMaterialization(asset_key=asset_key(entity), partition=day.isoformat(), metadata=metadata)


def observation(entity: Entity, day: date, metadata: Mapping[str, RawMetadataValue]) -> AssetObservation:
    """Changes applied to a day that was never read whole."""
    return AssetObservation(asset_key=asset_key(entity), partition=day.isoformat(), metadata=metadata)


def rules_evaluation(entity: Entity, day: date, results: Sequence[Mapping[str, Any]]) -> AssetCheckEvaluation:
    """All rules of a day as one evaluation; it fails with the severity of its worst failed rule."""
    if not results:
        return AssetCheckEvaluation(
            asset_key=asset_key(entity),
            check_name=RULES_CHECK,
            partition=day.isoformat(),
            passed=False,
            severity=AssetCheckSeverity.WARN,
            description="No rule has run: nothing was loaded for this day.",
        )
    failed = [result for result in results if not result["passed"]]
    worst = AssetCheckSeverity.ERROR if any(result["blocking"] for result in failed) else AssetCheckSeverity.WARN
    words = "; ".join(f"{result['rule']}: {result['observed']}" for result in failed[:5])
    return AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=RULES_CHECK,
        partition=day.isoformat(),
        passed=not failed,
        severity=worst,
        description=words or f"All {len(results)} rules passed.",
        metadata={
            "passed": len(results) - len(failed),
            "failed": len(failed),
            "rules": MetadataValue.md(
                markdown_table(
                    [
                        {
                            "rule": str(result["rule"]),
                            "severity": str(result["severity"]),
                            "passed": "yes" if result["passed"] else "NO",
                            "observed": str(result["observed"]),
                        }
                        for result in sorted(results, key=lambda result: (result["passed"], result["rule"]))
                    ]
                )
            ),
            "samples": MetadataValue.md(_samples(failed)),
        },
    )


def as_of_evaluation(entity: Entity, day: date, verdict: Verdict) -> AssetCheckEvaluation:
    """The verdict on the day's as_of, in words."""
    metadata: dict[str, RawMetadataValue] = {"state": verdict.state}
    if verdict.limited_by is not None:
        metadata["limited_by"] = f"branch {verdict.limited_by}"
    return AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=AS_OF_CHECK,
        partition=day.isoformat(),
        passed=verdict.kept,
        severity=AssetCheckSeverity.WARN,
        description=verdict.words_in(entity.calendar.zone),
        metadata=metadata,
    )


def markdown_table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a Markdown table; what could break out of a cell is escaped."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_escaped(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _samples(failed: Sequence[Mapping[str, Any]]) -> str:
    blocks = []
    for result in failed[:10]:
        sample = [{key: str(value) for key, value in row.items()} for row in _rows(result["sample"])]
        if sample:
            blocks.append(f"**{result['rule']}**\n\n{markdown_table(sample)}")
    return "\n\n".join(blocks) or "none"


def _rows(sample: Any) -> list[Mapping[str, Any]]:
    return json.loads(sample) if isinstance(sample, str) else list(sample)


def _escaped(text: str) -> str:
    for character in "\\`*_[]<>|":
        text = text.replace(
            character, f"\\{character}" if character not in "<>" else {"<": "&lt;", ">": "&gt;"}[character]
        )
    return text.replace("\n", " ").replace("\r", " ")
