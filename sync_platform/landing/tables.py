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
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

SCHEMA = "sync"
metadata = MetaData(schema=SCHEMA)

Moment = DateTime(timezone=True)


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)


load = Table(
    "load",
    metadata,
    Column("load_id", UUID(as_uuid=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("way", Text, nullable=False, comment="whole_day, current or delta"),
    Column(
        "outcome",
        Text,
        nullable=False,
        comment="published, empty, held, unreachable, throttled, refused, misbehaved, …",
    ),
    _count("read", "records the partner gave"),
    _count("inserted", "new in the landing table"),
    _count("updated", "a newer version replaced an older one"),
    _count("unchanged", "same version and content as landed, or a duplicate within the load"),
    _count("superseded", "older than what is landed"),
    _count("dead_lettered", "rejected, with their reasons in sync.dead_letter"),
    _count("tombstoned", "vanished at the partner; beside the sum"),
    _count("revived", "were tombstoned and are back; beside the sum"),
    _count("moved", "now belong to another business day; beside the sum"),
    _count("changed_without_version", "content changed, source version did not; beside the sum"),
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

freshness_verdict = Table(
    "freshness_verdict",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("state", Text, nullable=False, comment="fresh, quiet, closed, stale, sync_stopped, late, incomplete, …"),
    Column("sentence", Text, nullable=False, comment="the verdict in words, times in UTC"),
    Column("limited_by", Text, comment="the branch that decided, where one did"),
    Column("since", Moment, nullable=False, comment="when the day was first seen in this state"),
    Column("judged_at", Moment, nullable=False, comment="when the sentence was written"),
    PrimaryKeyConstraint("system", "entity", "business_day"),
    comment="The last verdict on each entity's day against its freshness promise",
)

freshness_lag = Table(
    "freshness_lag",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("sampled_at", Moment, nullable=False, comment="on full five minutes"),
    Column("seconds", Float, nullable=False, comment="age of today's as_of"),
    Column("state", Text, nullable=False, comment="today's verdict"),
    PrimaryKeyConstraint("system", "entity", "sampled_at"),
    Index("freshness_lag_by_time", "sampled_at"),
    comment="How old each entity's data was, every five minutes: the trend that reports show",
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

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("dead_letter_id", BigInteger, Identity(always=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("business_day", Date, nullable=False),
    Column("record_key", Text),
    Column("reason", Text, nullable=False, comment="missing, type, range, value_set, conflict, …"),
    Column("field", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_hash", LargeBinary, nullable=False),
    Column("contract_version", Text, nullable=False),
    Column("load_id", UUID(as_uuid=True), nullable=False, comment="the load that met it last"),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    Column("first_at", Moment, nullable=False, server_default=text("now()")),
    Column("last_at", Moment, nullable=False, server_default=text("now()")),
    Index("dead_letter_open", "system", "entity", "payload_hash", unique=True, postgresql_where=text("state = 'open'")),
    Index("dead_letter_by_day", "system", "entity", "business_day"),
    comment="Records that could not be taken in, kept until a person or a fix resolves them",
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

stock_comparison = Table(
    "stock_comparison",
    metadata,
    Column("business_day", Date, nullable=False),
    Column("sku", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("pos_units", Numeric(18, 3), comment="sellable units the POS counts; null where it does not know the SKU"),
    Column("shop_units", Numeric(18, 3), comment="sellable units the shop believes are available"),
    Column("difference", Numeric(18, 3), comment="shop less POS; null where one side does not know the SKU"),
    Column("pos_as_of", Moment),
    Column("shop_as_of", Moment),
    Column("as_of", Moment, nullable=False, comment="the older of both"),
    Column("limited_by", Text, nullable=False, comment="the input whose as_of is the older one"),
    Column("verdict", Text, nullable=False, comment="agrees, differs, oversold, missing_at_pos or missing_at_shop"),
    Column("compared_at", Moment, nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("business_day", "sku", "branch"),
    comment="POS against shop, per SKU and branch: the last comparison of each business day",
)

contract_version = Table(
    "contract_version",
    metadata,
    Column("contract_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("document", JSONB, nullable=False, comment="the contract's content, as in its file"),
    Column("fingerprint", Text, nullable=False, comment="SHA-256 of the content; a released version's never changes"),
    Column("released_on", Date, comment="null while it is a draft, whose content may still change"),
    Column("ends_on", Date, comment="last day of its major version, where that is announced"),
    Column("registered_at", Moment, nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("contract_id", "version"),
    comment="Every contract version that was declared or released; a released one is immutable",
)

duplicate_proposal = Table(
    "duplicate_proposal",
    metadata,
    Column("proposal_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False, comment="customers or products"),
    Column("left_system", Text, nullable=False),
    Column("left_key", Text, nullable=False, comment="the record's key at its system; nothing else of it is here"),
    Column("right_system", Text, nullable=False),
    Column("right_key", Text, nullable=False),
    Column("cluster", Text, nullable=False, comment="system/key of the first record of all that hang together"),
    Column("score", Numeric(4, 3), nullable=False, comment="0 to 1, no probability"),
    Column("reason", Text, nullable=False, comment="in words, without a personal value"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'open'"),
        comment="open, accepted, rejected, or withdrawn when it no longer matches",
    ),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False, comment="when a comparison last found it"),
    CheckConstraint("state in ('open', 'accepted', 'rejected', 'withdrawn')", name="duplicate_proposal_state"),
    CheckConstraint(
        "(state in ('accepted', 'rejected')) = (decided_by is not null)", name="duplicate_proposal_decided_by"
    ),
    Index("duplicate_proposal_pair", "kind", "left_system", "left_key", "right_system", "right_key", unique=True),
    Index("duplicate_proposal_by_state", "kind", "state", "score"),
    comment="Pairs of records that may be one customer or product, until a person decides; nothing is merged",
)

duplicate_rate = Table(
    "duplicate_rate",
    metadata,
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False, comment="a partner system, or `all` for all of them together"),
    Column("business_day", Date, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("surplus", BigInteger, nullable=False, comment="copies, by proposals open or accepted"),
    Column("confirmed", BigInteger, nullable=False, comment="copies, by what people accepted"),
    Column("as_of", Moment, nullable=False, comment="the oldest of the inputs'"),
    Column("limited_by", Text, nullable=False),
    Column("measured_at", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "system", "business_day"),
    comment="How many records are one too many, per system and business day: the last measure of the day",
)
