"""One received file as a whole business day: the same stage, checks and publishing transaction as any other day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.files import SettledFile, settle_file
from sync_platform.landing.loads import Load
from sync_platform.landing.stage import count_keys
from sync_platform.partners.exchange import Exchange
from sync_platform.partners.files.control import Control
from sync_platform.partners.files.work_copy import WorkCopy
from sync_platform.pull.day_read import DayRead, LeasedDay, stage_pages
from sync_platform.pull.day_source import DaySource
from sync_platform.pull.file_records import ReceivedFile, file_pages
from sync_platform.pull.tools import LoadTools
from sync_platform.pull.whole_day import land_day

WAY = "file"


@dataclass
class FileExchange:
    """The exchange that a file is: sent by the partner, received by us; taken once. Empty for a file known before."""

    kept: list[Exchange] = field(default_factory=list)

    def take_exchanges(self) -> list[Exchange]:
        taken, self.kept = self.kept, []
        return taken


def land_file(
    tools: LoadTools,
    entity: Entity,
    file: FileDeclaration,
    received: ReceivedFile,
    *,
    copy: WorkCopy,
    control: Control,
    day: date,
) -> Load:
    """Publish the file as its day, or leave the last good version served; the load's outcome says which.

    That it was accepted is written in the transaction that publishes its rows. Raises as `land_day`.
    """

    def record(connection: Connection, load: Load) -> None:
        settled = SettledFile(
            file_id=received.file_id,
            state="accepted",
            sha256=copy.sha256,
            business_day=day,
            rows=load.read,
            dead_lettered=load.dead_lettered,
            control=control.said,
            load_id=load.load_id,
        )
        settle_file(connection, settled, now=tools.clock.now())

    source = DaySource(
        exchanging=FileExchange([_exchange(tools, entity, received, copy)]),
        partner_now=tools.clock.now,
        read=partial(read_file_day, file=file, received=received, control=control),
        observed=False,
        record=record,
    )
    return land_day(tools, entity, source, day=day, way=WAY)


def read_file_day(leased: LeasedDay, *, file: FileDeclaration, received: ReceivedFile, control: Control) -> DayRead:
    """Stage an examined file as its whole day."""
    seen = stage_pages(leased, file_pages(leased.entity, file, received))
    counted = count_keys(leased.connection, leased.stage, sorted(seen.rejected_keys))
    seen.repeats = counted.staged < seen.staged
    seen.began_at = seen.as_of = received.modified
    if "count" in control.said:
        # It was held against the records when the file was examined.
        seen.partner_count, seen.confirmed = control.records, True
    return seen


def _exchange(tools: LoadTools, entity: Entity, received: ReceivedFile, copy: WorkCopy) -> Exchange:
    return Exchange(
        exchange_id=received.file_id,
        system=entity.system,
        entity=entity.name,
        method="FILE",
        path=received.name,
        requested_at=tools.clock.now(),
        partner_time=received.modified,
        status=None,
        duration_ms=0,
        request_bytes=0,
        response_bytes=copy.size,
        response_sha256=copy.sha256.hex(),
        attempt=1,
        error_kind=None,
        error=None,
    )
