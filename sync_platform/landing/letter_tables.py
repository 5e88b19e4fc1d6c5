"""The dead letters and what was done with them, in schema `sync`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from sync_platform.landing.tables import Moment, metadata

_KNOWN = "state in ('open', 'discarded', 'resolved')"

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
    Column("payload", LargeBinary, comment="as received; null where it is personal and there was no key to seal it"),
    Column("payload_hash", LargeBinary, nullable=False, comment="SHA-256 of the payload before it was sealed"),
    Column("contract_version", Text, nullable=False),
    Column("load_id", UUID(as_uuid=True), nullable=False, comment="the load that met it last"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'open'"),
        comment="open; replayed as it was, resolved by an edit, superseded by a later version, discarded",
    ),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    Column("first_at", Moment, nullable=False, server_default=text("now()")),
    Column("last_at", Moment, nullable=False, server_default=text("now()")),
    Column("sealed", Boolean, nullable=False, server_default=text("false"), comment="the payload is encrypted"),
    Column("way", Text, comment="whole_day, current, delta, webhook, file or out"),
    Column("correlation_id", UUID(as_uuid=True)),
    Column("source_version", BigInteger, comment="where the broken record's could be read"),
    Column("observed_at", Moment, comment="request time by the partner's clock"),
    Column("as_of", Moment),
    Column("exchange_id", UUID(as_uuid=True), comment="the request that brought it, or the file"),
    Column("delivery_id", BigInteger, comment="the webhook delivery that brought it"),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("why", Text),
    # What a person settled stays settled when the partner sends the same bytes again.
    Index("dead_letter_known", "system", "entity", "payload_hash", unique=True, postgresql_where=text(_KNOWN)),
    Index("dead_letter_by_day", "system", "entity", "business_day"),
    comment="Records that could not be taken in, kept until a person or a fix resolves them",
)

dead_letter_action = Table(
    "dead_letter_action",
    metadata,
    Column("action_id", BigInteger, Identity(always=True), primary_key=True),
    Column("dead_letter_id", BigInteger, nullable=False),
    Column("action", Text, nullable=False, comment="edited, replayed, resolved, discarded, superseded or reopened"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("before_hash", LargeBinary, comment="SHA-256 of the payload before the action"),
    Column("after_hash", LargeBinary, comment="and after it"),
    Column("payload", LargeBinary, comment="as edited; the one received stays in the letter"),
    Column("sealed", Boolean, nullable=False, server_default=text("false"), comment="the payload is encrypted"),
    Index("dead_letter_action_by_letter", "dead_letter_id", "action_id"),
    comment="What was done with each dead letter, append-only: kept by a trigger for as long as the letter is",
)
