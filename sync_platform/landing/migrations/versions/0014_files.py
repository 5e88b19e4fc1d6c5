"""Files that partner systems leave: what was found, what became of it and why

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column(
            "file_id",
            UUID(as_uuid=True),
            primary_key=True,
            comment="also of its exchange, which landed rows name",
        ),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified", Moment, nullable=False, comment="as its folder says"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, accepted, duplicate or rejected"),
        sa.Column("reason", sa.Text, comment="why it waits or was refused: checksum, truncated, version, …"),
        sa.Column("message", sa.Text),
        sa.Column("sha256", sa.LargeBinary, comment="of its bytes as received; null while it waits"),
        sa.Column("business_day", sa.Date, comment="the day that it is; null where it cannot be told"),
        sa.Column("revision", sa.Integer, comment="the how manieth accepted file of its name"),
        sa.Column("rows", sa.BigInteger, comment="records in it"),
        sa.Column("dead_lettered", sa.BigInteger, comment="of them, kept as dead letters"),
        sa.Column("control", JSONB, comment="what its header and trailer say"),
        sa.Column("load_id", UUID(as_uuid=True), comment="the load that published it"),
        sa.Column("first_seen_at", Moment, nullable=False),
        sa.Column("changed_at", Moment, nullable=False, comment="when its size or time was last seen to differ"),
        sa.Column("settled_at", Moment, comment="when it was accepted, skipped or refused"),
        sa.Column("place", sa.Text, nullable=False, comment="drop, archive, rejected, left, gone or pruned"),
        schema="sync",
        comment="Every file that was found in a drop folder, and what became of it",
    )
    op.create_index(
        "file_in_drop",
        "file",
        ["system", "entity", "name"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("place = 'drop'"),
    )
    op.create_index(
        "file_left",
        "file",
        ["system", "entity", "name", "modified"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("place = 'left'"),
    )
    op.create_index(
        "file_accepted",
        "file",
        ["system", "entity", "business_day", "sha256"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index("file_by_time", "file", ["system", "entity", "first_seen_at"], schema="sync")

    _way_of_load(before="whole_day, current or delta", comment="whole_day, current, delta or file")


def downgrade() -> None:
    _way_of_load(before="whole_day, current, delta or file", comment="whole_day, current or delta")
    op.drop_table("file", schema="sync")


def _way_of_load(*, before: str, comment: str) -> None:
    op.alter_column(
        "load",
        "way",
        schema="sync",
        existing_type=sa.Text(),
        existing_nullable=False,
        existing_comment=before,
        comment=comment,
    )
