"""The table of what partner systems sent us: committed before it is acknowledged, kept as it came."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from sync_platform.landing.tables import Moment, metadata

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", BigInteger, Identity(always=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("webhook", Text, nullable=False),
    Column("event_id", Text, nullable=False, comment="the partner's id of the delivery; ours if it gives none"),
    Column("content_hash", LargeBinary, nullable=False, comment="SHA-256 of the body"),
    Column("content_key", LargeBinary, comment="the hash, where equal content is the same delivery"),
    Column("received_at", Moment, nullable=False, server_default=text("now()")),
    Column("headers", JSONB, nullable=False, comment="without credentials"),
    Column("body", LargeBinary, nullable=False, comment="as it came"),
    Column("secret", Text, comment="the variable whose secret signed it; null where unsigned"),
    Column(
        "state", Text, nullable=False, server_default=text("'waiting'"), comment="waiting, captured, ignored or dead"
    ),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="begun, not ended: it counts first"),
    Column("retry_at", Moment, comment="not before then"),
    Column("error", Text),
    Column("settled_at", Moment, comment="when it was captured, ignored or given up"),
    Column("conflicts", Integer, nullable=False, server_default=text("0"), comment="same id, another body: refused"),
    Column("conflicting_hash", LargeBinary, comment="of the last body that was refused so"),
    Index("webhook_delivery_by_event", "system", "webhook", "event_id", unique=True),
    Index(
        "webhook_delivery_by_content",
        "system",
        "webhook",
        "content_key",
        unique=True,
        postgresql_where=text("content_key is not null"),
    ),
    Index("webhook_delivery_waiting", "system", "webhook", "delivery_id", postgresql_where=text("state = 'waiting'")),
    Index("webhook_delivery_dead", "system", "webhook", "delivery_id", postgresql_where=text("state = 'dead'")),
    Index("webhook_delivery_by_time", "received_at"),
    comment="What partner systems sent us: each delivery once, waiting until its records are in the change log",
)
