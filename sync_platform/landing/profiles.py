"""Keeps what each day looks like, and reads it back for the days near another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from sync_platform.contracts.day_profile import (
    ALL_BRANCHES,
    Age,
    BranchVolume,
    DayProfile,
    DayShape,
    DayVolume,
    FieldKind,
    FieldProfile,
)
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.landing.queries import queries

# Eight weeks hold a weekday often enough; a little more lets the nearest days after an old one count too.
NEAR = timedelta(days=56)


def store_profile(connection: Connection, key: DayKey, profile: DayProfile) -> None:
    """Keep the day's profile and volume in the caller's transaction, in place of older ones of the same age."""
    fields = [
        {
            "name": each.name,
            "kind": each.kind,
            "rows": each.rows,
            "nulls": each.nulls,
            "counts": dict(each.counts),
            "rest": each.rest,
            "distinct_values": each.distinct,
            "minimum": each.minimum,
            "maximum": each.maximum,
            "mean": each.mean,
        }
        for each in profile.fields.values()
    ]
    connection.execute(queries("profiles")["store_fields"], {**key.values, "age": profile.age, "fields": Jsonb(fields)})
    branches = [
        {
            "branch": name,
            "rows": each.rows,
            "by_hour": list(each.by_hour),
            "busy_minutes": list(profile.volume.busy_minutes) if name == ALL_BRANCHES else [],
        }
        for name, each in profile.volume.branches.items()
    ]
    connection.execute(queries("profiles")["store_volume"], {**key.values, "branches": Jsonb(branches)})


def read_profiles(connection: Connection, key: DayKey, *, age: Age) -> list[DayProfile]:
    """The profiles of that age of the days near `key.day`, itself left out, oldest first. Their volumes are empty."""
    by_day: dict[date, dict[str, FieldProfile]] = {}
    for day, name, kind, *figures in connection.execute(queries("profiles")["read_fields"], {**_near(key), "age": age}):
        if day != key.day:
            by_day.setdefault(day, {})[name] = FieldProfile(name, FieldKind(kind), *figures)
    return [
        DayProfile(
            day=day,
            age=age,
            rows=max(each.rows for each in fields.values()),
            fields=fields,
            volume=DayVolume(day=day, branches={}),
        )
        for day, fields in by_day.items()
    ]


def read_volumes(connection: Connection, *, system: str, entity: str, days: Sequence[date]) -> list[DayVolume]:
    """The volumes of these days with all their branches, oldest first: 457 branches a day take 10 ms a day."""
    by_day: dict[date, dict[str, BranchVolume]] = {}
    busy: dict[date, tuple[int, ...]] = {}
    values = {"system": system, "entity": entity, "days": list(days)}
    for day, branch, rows, by_hour, busy_minutes in connection.execute(queries("profiles")["read_volumes"], values):
        by_day.setdefault(day, {})[branch] = BranchVolume(rows, tuple(by_hour))
        if branch == ALL_BRANCHES:
            busy[day] = tuple(busy_minutes)
    return [DayVolume(day=day, branches=branches, busy_minutes=busy.get(day, ())) for day, branches in by_day.items()]


def read_totals(
    connection: Connection, *, system: str, entities: Sequence[str], since: date, until: date
) -> dict[str, list[DayVolume]]:
    """All branches together, by entity, of the days from `since` to `until`."""
    found: dict[str, list[DayVolume]] = {}
    values = {"system": system, "entities": list(entities), "since": since, "until": until}
    for entity, day, rows, by_hour, busy_minutes in connection.execute(queries("profiles")["read_totals"], values):
        found.setdefault(entity, []).append(
            DayVolume(
                day=day,
                branches={ALL_BRANCHES: BranchVolume(rows, tuple(by_hour))},
                busy_minutes=tuple(busy_minutes),
            )
        )
    return found


def store_shape(
    connection: Connection,
    key: DayKey,
    *,
    contract_version: str,
    samples: int,
    paths: Mapping[str, Mapping[str, int]],
    cut: bool,
) -> None:
    """Keep the shape of the day's records in the caller's transaction."""
    connection.execute(
        queries("profiles")["store_shape"],
        {
            **key.values,
            "contract_version": contract_version,
            "samples": samples,
            "paths": Jsonb({path: dict(types) for path, types in paths.items()}),
            "cut": cut,
        },
    )


def read_shapes(connection: Connection, key: DayKey) -> list[DayShape]:
    """The shapes of the days near `key.day`, itself among them, and the first ones under each contract version."""
    return [_shape(row) for row in connection.execute(queries("profiles")["read_shapes"], _near(key))]


def read_shape(connection: Connection, key: DayKey) -> DayShape | None:
    """The shape of the day's records, where any were looked at."""
    row = connection.execute(queries("profiles")["read_shape"], key.values).fetchone()
    return _shape(row) if row else None


def _shape(row: Sequence[Any]) -> DayShape:
    day, contract_version, observed_at, samples, paths, cut = row
    return DayShape(
        day=day, contract_version=contract_version, observed_at=observed_at, samples=samples, paths=paths, cut=cut
    )


def _near(key: DayKey) -> dict[str, Any]:
    return {**key.values, "since": key.day - NEAR, "until": key.day + NEAR}
