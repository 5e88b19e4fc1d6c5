"""Freshness verdicts and the trend of lag

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "freshness_lag",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=False, comment="on full five minutes"),
        sa.Column("seconds", sa.Float(), nullable=False, comment="age of today's as_of"),
        sa.Column("state", sa.Text(), nullable=False, comment="today's verdict"),
        sa.PrimaryKeyConstraint("system", "entity", "sampled_at"),
        schema="sync",
        comment="How old each entity's data was, every five minutes: the trend that reports show",
    )
    op.create_index("freshness_lag_by_time", "freshness_lag", ["sampled_at"], schema="sync")
    op.create_table(
        "freshness_verdict",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="fresh, quiet, closed, stale, sync_stopped, late, incomplete, …",
        ),
        sa.Column("sentence", sa.Text(), nullable=False, comment="the verdict in words, times in UTC"),
        sa.Column("limited_by", sa.Text(), comment="the branch that decided, where one did"),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=False, comment="when the day was first seen in this state"
        ),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False, comment="when the sentence was written"),
        sa.PrimaryKeyConstraint("system", "entity", "business_day"),
        schema="sync",
        comment="The last verdict on each entity's day against its freshness promise",
    )


def downgrade() -> None:
    op.drop_table("freshness_verdict", schema="sync")
    op.drop_index("freshness_lag_by_time", table_name="freshness_lag", schema="sync")
    op.drop_table("freshness_lag", schema="sync")
