"""Webhooks: what partner systems send us, and which delivery brought a change

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("delivery_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("webhook", sa.Text, nullable=False),
        sa.Column(
            "event_id",
            sa.Text,
            nullable=False,
            comment="the partner's id of the delivery; ours if it gives none",
        ),
        sa.Column("content_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the body"),
        sa.Column("content_key", sa.LargeBinary, comment="the hash, where equal content is the same delivery"),
        sa.Column("received_at", Moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("headers", JSONB, nullable=False, comment="without credentials"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="as it came"),
        sa.Column("secret", sa.Text, comment="the variable whose secret signed it; null where unsigned"),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            server_default=sa.text("'waiting'"),
            comment="waiting, captured, ignored or dead",
        ),
        sa.Column(
            "attempts",
            sa.Integer,
            nullable=False,
            server_default=sa.text("0"),
            comment="begun, not ended: it counts first",
        ),
        sa.Column("retry_at", Moment, comment="not before then"),
        sa.Column("error", sa.Text),
        sa.Column("settled_at", Moment, comment="when it was captured, ignored or given up"),
        sa.Column(
            "conflicts",
            sa.Integer,
            nullable=False,
            server_default=sa.text("0"),
            comment="same id, another body: refused",
        ),
        sa.Column("conflicting_hash", sa.LargeBinary, comment="of the last body that was refused so"),
        schema="sync",
        comment="What partner systems sent us: each delivery once, waiting until its records are in the change log",
    )
    for name, columns, where in (
        ("by_event", ["system", "webhook", "event_id"], None),
        ("by_content", ["system", "webhook", "content_key"], sa.text("content_key is not null")),
    ):
        op.create_index(
            f"webhook_delivery_{name}",
            "webhook_delivery",
            columns,
            unique=True,
            schema="sync",
            postgresql_where=where,
        )
    for state in ("waiting", "dead"):
        op.create_index(
            f"webhook_delivery_{state}",
            "webhook_delivery",
            ["system", "webhook", "delivery_id"],
            schema="sync",
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.create_index("webhook_delivery_by_time", "webhook_delivery", ["received_at"], schema="sync")
    op.add_column(
        "change",
        sa.Column("delivery_id", sa.BigInteger, comment="the delivery that brought it; null where it was asked for"),
        schema="sync",
    )


def downgrade() -> None:
    op.drop_column("change", "delivery_id", schema="sync")
    op.drop_table("webhook_delivery", schema="sync")
