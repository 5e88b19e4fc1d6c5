"""From a partner's change to Dagster's page: records of every demo entity are changed, and watched until they are told.

Records of the days that are loaded change. A change of an older one makes its day owed, and a run reads that day whole:
6 s of CPU, mostly imports, which would be history's cost and no change's.

A change is landed when the load that applied it was committed, and visible when its event can be read from Dagster's
storage. CPU is that of the whole platform, without the partner and this process, while everything changes.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles
from uuid import UUID

from psycopg import sql

from benchmarks.figure import Figure
from benchmarks.running import Running, running
from benchmarks.stand import STATE, Stand
from sync_platform.declarations.partner_system import Entity

# Each entity changes this often on average: more often than its poll, so that every tick has something to take in.
CHANGED_EVERY_SECONDS = 4.0
QUICK_POLL = timedelta(seconds=5)
_RECENT = 1000
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 60.0
_LOAD_ID = re.compile(r'"text": "([0-9a-f-]{36})"}, "label": "load_id"')
_TOLD = """
select id, event from event_logs
where id > %s and dagster_event_type in ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION') order by id
"""
_APPLIED = """
select c.system, c.entity, c.record_key, c.captured_at, l.load_id, l.loaded_at from sync.change c
join sync.load l on l.load_id = c.applied_load_id where c.captured_at >= to_timestamp(%s) order by c.change_id
"""

_REJECTED = "select system, entity, record_key from sync.dead_letter where record_key is not null"


@dataclass(frozen=True)
class Latency:
    """Seconds from the change to landed and to visible, sorted; `cores` are what the platform used meanwhile."""

    landed: list[float]
    visible: list[float]
    cores: float


def figures(_: Stand) -> list[Figure]:
    """From a partner's change to Dagster's page, while records of every entity of the demo change."""
    with running(STATE / "platform") as platform:
        found = measure_latency(platform, seconds=300)
    told = [Figure("changes watched", len(found.landed), "changes")]
    for name, seconds in (("landed", found.landed), ("visible in Dagster", found.visible)):
        told += [
            Figure(f"change to {name}, median", round(_percentile(seconds, 50), 1), "s", 5.0),
            Figure(f"change to {name}, 95 of 100", round(_percentile(seconds, 95), 1), "s", 8.0),
        ]
    return [*told, Figure("cores used while everything changes", round(found.cores, 2), "cores", 0.5)]


def measure_latency(platform: Running, *, seconds: float) -> Latency:
    """Change records for so long; raises SystemExit when a change never lands or is never told."""
    touched: dict[tuple[str, str, str], float] = {}
    watch = _Watch(platform)
    watch.start()
    started_at, used = time.time(), _cpu(platform)
    chance = random.Random(11)
    # What is declared to be asked once a minute takes up to a minute: that is its declaration, and no figure of ours.
    entities = [
        (entity, _recent_keys(platform, entity))
        for system in platform.systems
        for entity in system.entities
        if entity.declaration.poll <= QUICK_POLL
    ]
    while time.time() < started_at + seconds:
        time.sleep(chance.expovariate(len(entities) / CHANGED_EVERY_SECONDS))
        entity, keys = chance.choice(entities)
        key = chance.choice(keys)
        at = time.time()
        platform.control("POST", "/touch", {"system": entity.system, "entity": entity.name, "key": key})
        # Of a record changed twice the first change is the one that waited longest; later ones may be taken in with it.
        touched.setdefault((entity.system, entity.name, key), at)
    cores = (_cpu(platform) - used) / (time.time() - started_at)
    landed, visible = [], []
    for moment, told in _outcomes(platform, watch, touched, since=started_at):
        landed.append(moment)
        visible.append(told)
    watch.stop()
    return Latency(landed=sorted(landed), visible=sorted(visible), cores=cores)


def _recent_keys(platform: Running, entity: Entity) -> list[str]:
    """Keys of live records of loaded days, as the sandbox writes them, of the newest days first."""
    key = sql.SQL(", ").join(map(sql.Identifier, entity.contract.key))
    with platform.database.connect() as connection:
        rows = connection.execute(
            sql.SQL(
                "select concat_ws('/', {key}) from {table} join sync.entity_day d on d.business_day = _business_day"
                " and d.system = {system} and d.entity = {entity} where _deleted_at is null and d.state = 'complete'"
                " order by _business_day desc limit {most}"
            ).format(
                key=key,
                table=sql.Identifier("landing", entity.table),
                system=entity.system,
                entity=entity.name,
                most=_RECENT,
            )
        ).fetchall()
    if not rows:
        raise SystemExit(f"{entity.address} has no loaded day to change records of")
    return [key for (key,) in rows]


def _outcomes(
    platform: Running, watch: _Watch, touched: dict[tuple[str, str, str], float], *, since: float
) -> list[tuple[float, float]]:
    deadline = time.time() + _PATIENCE_SECONDS
    while True:
        found: dict[tuple[str, str, str], tuple[float, float]] = {}
        with platform.database.connect() as connection:
            for system, entity, key, captured_at, load_id, loaded_at in connection.execute(_APPLIED, [since]):
                record = (system, entity, "/".join(str(part) for part in json.loads(key))) if key else None
                at = touched.get(record) if record else None
                told_at = watch.told.get(load_id)
                if record and at and told_at and record not in found and captured_at.timestamp() >= at:
                    found[record] = (loaded_at.timestamp() - at, told_at - at)
            # A line without a quantity becomes a dead letter each time; its change has no key to be found by.
            for system, entity, key in connection.execute(_REJECTED):
                touched.pop((system, entity, "/".join(str(part) for part in json.loads(key))), None)
        if len(found) == len(touched):
            return list(found.values())
        if time.time() > deadline:
            missing = sorted(touched.keys() - found.keys())
            raise SystemExit(f"{len(missing)} of {len(touched)} changes were not told: {missing[:5]}")
        time.sleep(1)


class _Watch(threading.Thread):
    """Notes when the event of each load can first be read."""

    def __init__(self, platform: Running) -> None:
        super().__init__(daemon=True)
        self._database = platform.dagster
        self._over = threading.Event()
        self.told: dict[UUID, float] = {}

    def run(self) -> None:
        with self._database.connect() as connection:
            row = connection.execute("select coalesce(max(id), 0) from event_logs").fetchone()
            last = row[0] if row else 0
            while not self._over.wait(_LOOK_SECONDS):
                for id_, event in connection.execute(_TOLD, [last]).fetchall():
                    last = id_
                    load_id = _load_id(event)
                    if load_id is not None:
                        self.told.setdefault(load_id, time.time())

    def stop(self) -> None:
        self._over.set()
        self.join()


def _load_id(event: str) -> UUID | None:
    """The load that an event tells of, wherever Dagster's serialisation keeps its metadata."""
    found = _LOAD_ID.search(event)
    return UUID(found[1]) if found else None


def _percentile(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100)[percent - 1]


def _cpu(platform: Running) -> float:
    return sum(usage.cpu_seconds for part, usage in platform.usage().items() if part != "sandbox")
