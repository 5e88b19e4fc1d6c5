"""The platform's own tables, schema `sync`: the state that a crash, a lost run or a restart must not take away."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

SCHEMA = "sync"
metadata = MetaData(schema=SCHEMA)

Moment = DateTime(timezone=True)


def count_column(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)


load = Table(
    "load",
    metadata,
    Column("load_id", UUID(as_uuid=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("way", Text, nullable=False, comment="whole_day, current, delta or file"),
    Column(
        "outcome",
        Text,
        nullable=False,
        comment="published, empty, held, unreachable, throttled, refused, misbehaved, …",
    ),
    count_column("read", "records the partner gave"),
    count_column("inserted", "new in the landing table"),
    count_column("updated", "a newer version replaced an older one"),
    count_column("unchanged", "same version and content as landed, or a duplicate within the load"),
    count_column("superseded", "older than what is landed"),
    count_column("dead_lettered", "rejected, with their reasons in sync.dead_letter"),
    count_column("tombstoned", "vanished at the partner; beside the sum"),
    count_column("revived", "were tombstoned and are back; beside the sum"),
    count_column("moved", "now belong to another business day; beside the sum"),
    count_column("changed_without_version", "content changed, source version did not; beside the sum"),
    Column("partner_count", BigInteger, comment="the partner's own count, where it gives one"),
    Column("pages", Integer, nullable=False, server_default=text("0")),
    Column("requests", Integer, nullable=False, server_default=text("0")),
    Column("response_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("as_of", Moment, comment="true as of, by the partner's clock"),
    Column("looked_at", Moment, comment="when the partner gave a complete answer"),
    Column("loaded_at", Moment, comment="when it was committed"),
    Column("started_at", Moment, nullable=False),
    Column("seconds", Float, nullable=False, server_default=text("0")),
    Column("error_kind", Text),
    Column("error", Text),
    Column("contract_version", Text, nullable=False),
    Column("platform_version", Text, nullable=False),
    Column("fencing_token", BigInteger),
    Column("run_id", Text, comment="the Dagster run, where one did it"),
    Column("correlation_id", UUID(as_uuid=True), nullable=False),
    CheckConstraint(
        "outcome not in ('published', 'empty') or read = inserted + updated + unchanged + superseded + dead_lettered",
        name="load_counts_add_up",
    ),
    Index("load_by_day", "system", "entity", "business_day", "started_at"),
    Index("load_by_time", "started_at"),
    Index("load_by_correlation", "correlation_id"),
    comment="One row per load and business day: its counts, clocks and outcome",
)

entity_day = Table(
    "entity_day",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("state", Text, nullable=False, comment="complete, partial, held or not_obtainable"),
    Column("rows", BigInteger, nullable=False, server_default=text("0"), comment="live rows after the last load"),
    Column("as_of", Moment),
    Column("looked_at", Moment),
    Column("loaded_at", Moment),
    Column("complete_at", Moment, comment="when the day was last read whole"),
    Column("read_began_at", Moment, comment="when that whole read began, by the partner's clock"),
    Column("complete_load_id", UUID(as_uuid=True)),
    Column("dirty_since", Moment, comment="first change since the day's rules last ran"),
    Column("rejected_since", Moment, comment="held since so many of its records broke the contract, until read whole"),
    Column("checked_at", Moment),
    Column("checks_passed", Integer, nullable=False, server_default=text("0")),
    Column("checks_failed", Integer, nullable=False, server_default=text("0")),
    Column("blocking_failed", Integer, nullable=False, server_default=text("0")),
    Column("reported_load_id", UUID(as_uuid=True), comment="last load that Dagster was told about"),
    PrimaryKeyConstraint("system", "entity", "business_day"),
    comment="Where each entity and business day stands now",
)

branch_clock = Table(
    "branch_clock",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("branch", Text, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("looked_at", Moment, nullable=False),
    PrimaryKeyConstraint("system", "entity", "business_day", "branch"),
    comment="as_of per branch, where the partner reports it per branch",
)

watermark = Table(
    "watermark",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("changed_until", Moment, nullable=False, comment="every change before this is in the database"),
    Column("looked_at", Moment, nullable=False),
    Column("rechecked_at", Moment),
    PrimaryKeyConstraint("system", "entity"),
    comment="How far each change feed has been taken in; moves in the transaction that stores the changes",
)

change = Table(
    "change",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False, comment="the day it was captured for; apply decides by content"),
    Column("record_key", Text, comment="null where the record is too broken to have one"),
    Column("source_version", BigInteger),
    Column(
        "content_hash", LargeBinary, nullable=False, comment="of the contract's fields; of the payload where broken"
    ),
    Column("payload", LargeBinary, nullable=False, comment="the partner's JSON as received"),
    Column("as_of", Moment, nullable=False),
    Column("observed_at", Moment, nullable=False, comment="request time by the partner's clock"),
    Column("captured_at", Moment, nullable=False, server_default=text("now()")),
    Column("exchange_id", UUID(as_uuid=True)),
    Column("applied_load_id", UUID(as_uuid=True), comment="null while it waits"),
    Column("delivery_id", BigInteger, comment="the delivery that brought it; null where it was asked for"),
    Index(
        "change_waiting",
        "system",
        "entity",
        "business_day",
        "change_id",
        postgresql_where=text("applied_load_id is null"),
    ),
    Index("change_by_time", "captured_at"),
    Index("change_by_exchange", "exchange_id"),
    comment="Captured record versions, append-only; waiting until applied_load_id is set",
)

exchange = Table(
    "exchange",
    metadata,
    Column("exchange_id", UUID(as_uuid=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("entity", Text),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("partner_time", Moment),
    Column("status", Integer),
    Column("duration_ms", Integer, nullable=False),
    Column("request_bytes", BigInteger, nullable=False),
    Column("response_bytes", BigInteger, nullable=False),
    Column("response_sha256", Text),
    Column("attempt", Integer, nullable=False),
    Column("error_kind", Text),
    Column("error", Text),
    Column("correlation_id", UUID(as_uuid=True), nullable=False),
    Index("exchange_by_time", "requested_at"),
    comment="One row per request and its answer; never a secret or a body",
)

lease = Table(
    "lease",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("scope", Text, nullable=False, comment="a business day, or `capture`"),
    Column("fencing_token", BigInteger, nullable=False),
    Column("holder", Text),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("system", "entity", "scope"),
    comment="One writer per entity and business day, one capturer per entity",
)

check_result = Table(
    "check_result",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("blocking", Boolean, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("observed", Text, nullable=False),
    Column("unexpected_count", BigInteger),
    Column("element_count", BigInteger),
    Column("expected_low", BigInteger, comment="fewest rows that are usual, where element_count is held against that"),
    Column("expected_high", BigInteger, comment="most rows that are usual"),
    Column("sample", JSONB, nullable=False),
    Column("load_id", UUID(as_uuid=True), comment="the load whose stage was checked, if it was a stage"),
    Column("evaluated_at", Moment, nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("system", "entity", "business_day", "rule"),
    comment="The latest result of each rule for each entity and business day",
)

run_request = Table(
    "run_request",
    metadata,
    Column("run_key", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("purpose", Text, nullable=False, comment="today, history, close, check"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False, server_default=text("now()")),
    Index("run_request_by_purpose", "system", "purpose", "asked_at"),
    comment="Runs the sensors asked Dagster for, so that a lost or failed one is asked for again",
)
