"""Tables of what is kept as evidence: the audit log, schema `audit`, and the bodies of partners' answers."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from sync_platform.landing.tables import Moment, metadata

AUDIT = "audit"

entry = Table(
    "entry",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False, comment="a user's name, or the part of the platform that acted by itself"),
    Column("action", Text, nullable=False, comment="what was done, like `dead_letter.discard`"),
    Column("system", Text),
    Column("entity", Text),
    Column("subject", Text, comment="the record's key, masked where a field of it is personal"),
    Column("correlation_id", UUID(as_uuid=True)),
    Column("detail", LargeBinary, nullable=False, comment="JSON, encrypted with the key of detail_key_id"),
    Column("detail_key_id", BigInteger, nullable=False),
    Column("content_hash", LargeBinary, nullable=False, comment="SHA-256 of all the others but entry_id"),
    Index("entry_by_time", "at"),
    Index("entry_by_subject", "system", "entity", "subject"),
    schema=AUDIT,
    comment="Who did what and when; the database refuses UPDATE, DELETE and TRUNCATE",
)

batch = Table(
    "batch",
    metadata,
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("first_entry", BigInteger, nullable=False),
    Column("last_entry", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("entry_hashes", LargeBinary, nullable=False, comment="per entry 8 bytes of its id and 32 of its hash"),
    Column("sealed_at", Moment, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False, comment="32 zero bytes in the first"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of all the others"),
    schema=AUDIT,
    comment="Sealed entries; each batch holds the hash of the one before it",
)

key = Table(
    "key",
    metadata,
    Column("key_id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False, comment="whose details it encrypts: system/entity and the record's key"),
    Column("fernet_key", Text, comment="null once it was erased"),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("erased_at", Moment),
    Index("key_by_subject", "subject", unique=True, postgresql_where=text("fernet_key is not null")),
    schema=AUDIT,
    comment="One key per person or record: without it, what was written of them stays unreadable, and in the chain",
)

archive = Table(
    "archive",
    metadata,
    Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
    Column("first_entry", BigInteger, nullable=False),
    Column("last_entry", BigInteger, nullable=False),
    Column("file", Text, nullable=False, comment="its name in the archive's folder"),
    Column("sha256", Text, nullable=False, comment="of the file"),
    Column("archived_at", Moment, nullable=False),
    schema=AUDIT,
    comment="Batches whose entries were moved into a file, and may be deleted here for that reason alone",
)

exchange_body = Table(
    "exchange_body",
    metadata,
    Column("exchange_id", UUID(as_uuid=True), primary_key=True),
    Column("kept_at", Moment, nullable=False, comment="when it was asked for"),
    Column("sha256", Text, nullable=False, comment="of the body as received"),
    Column("body", LargeBinary, comment="compressed by zlib, then encrypted with the key of key_id; null in the store"),
    Column("key_id", BigInteger, nullable=False),
    Column("stored_as", Text, comment="its file in the store of kept bodies, once it was moved there"),
    CheckConstraint("(body is null) = (stored_as is not null)", name="exchange_body_in_one_place"),
    Index("exchange_body_by_time", "kept_at", "exchange_id"),
    comment="What partners answered, byte for byte, where their declaration says keep_bodies",
)
