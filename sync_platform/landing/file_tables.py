"""The table of received files, in the metadata of the platform's own tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from sync_platform.landing.tables import Moment, metadata

file = Table(
    "file",
    metadata,
    Column("file_id", UUID(as_uuid=True), primary_key=True, comment="also of its exchange, which landed rows name"),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", Moment, nullable=False, comment="as its folder says"),
    Column("state", Text, nullable=False, comment="waiting, accepted, duplicate or rejected"),
    Column("reason", Text, comment="why it waits or was refused: checksum, truncated, version, …"),
    Column("message", Text),
    Column("sha256", LargeBinary, comment="of its bytes as received; null while it waits"),
    Column("business_day", Date, comment="the day that it is; null where it cannot be told"),
    Column("revision", Integer, comment="the how manieth accepted file of its name"),
    Column("rows", BigInteger, comment="records in it"),
    Column("dead_lettered", BigInteger, comment="of them, kept as dead letters"),
    Column("control", JSONB, comment="what its header and trailer say"),
    Column("load_id", UUID(as_uuid=True), comment="the load that published it"),
    Column("first_seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, comment="when its size or time was last seen to differ"),
    Column("settled_at", Moment, comment="when it was accepted, skipped or refused"),
    Column("place", Text, nullable=False, comment="drop, archive, rejected, left, gone or pruned"),
    Index("file_in_drop", "system", "entity", "name", unique=True, postgresql_where=text("place = 'drop'")),
    Index("file_left", "system", "entity", "name", "modified", unique=True, postgresql_where=text("place = 'left'")),
    Index(
        "file_accepted",
        "system",
        "entity",
        "business_day",
        "sha256",
        unique=True,
        postgresql_where=text("state = 'accepted'"),
    ),
    Index("file_by_time", "system", "entity", "first_seen_at"),
    comment="Every file that was found in a drop folder, and what became of it",
)
