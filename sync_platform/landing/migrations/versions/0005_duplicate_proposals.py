"""Proposals of duplicates, and the duplicate entity rate

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_proposal",
        sa.Column("proposal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="customers or products"),
        sa.Column("left_system", sa.Text(), nullable=False),
        sa.Column(
            "left_key",
            sa.Text(),
            nullable=False,
            comment="the record's key at its system; nothing else of it is here",
        ),
        sa.Column("right_system", sa.Text(), nullable=False),
        sa.Column("right_key", sa.Text(), nullable=False),
        sa.Column(
            "cluster", sa.Text(), nullable=False, comment="system/key of the first record of all that hang together"
        ),
        sa.Column("score", sa.Numeric(precision=4, scale=3), nullable=False, comment="0 to 1, no probability"),
        sa.Column("reason", sa.Text(), nullable=False, comment="in words, without a personal value"),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'open'"),
            nullable=False,
            comment="open, accepted, rejected, or withdrawn when it no longer matches",
        ),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), nullable=False, comment="when a comparison last found it"
        ),
        sa.CheckConstraint("state in ('open', 'accepted', 'rejected', 'withdrawn')", name="duplicate_proposal_state"),
        sa.CheckConstraint(
            "(state in ('accepted', 'rejected')) = (decided_by is not null)", name="duplicate_proposal_decided_by"
        ),
        sa.PrimaryKeyConstraint("proposal_id"),
        schema="sync",
        comment="Pairs of records that may be one customer or product, until a person decides; nothing is merged",
    )
    op.create_index(
        "duplicate_proposal_pair",
        "duplicate_proposal",
        ["kind", "left_system", "left_key", "right_system", "right_key"],
        unique=True,
        schema="sync",
    )
    op.create_index("duplicate_proposal_by_state", "duplicate_proposal", ["kind", "state", "score"], schema="sync")
    op.create_table(
        "duplicate_rate",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False, comment="a partner system, or `all` for all of them together"),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("surplus", sa.BigInteger(), nullable=False, comment="copies, by proposals open or accepted"),
        sa.Column("confirmed", sa.BigInteger(), nullable=False, comment="copies, by what people accepted"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="the oldest of the inputs'"),
        sa.Column("limited_by", sa.Text(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "system", "business_day"),
        schema="sync",
        comment="How many records are one too many, per system and business day: the last measure of the day",
    )


def downgrade() -> None:
    op.drop_table("duplicate_rate", schema="sync")
    op.drop_table("duplicate_proposal", schema="sync")
