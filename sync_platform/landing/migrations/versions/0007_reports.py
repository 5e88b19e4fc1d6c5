"""The figures of each day outlive what they were counted from

Loads are pruned after 180 days, changes after 90 and polls that brought nothing after two: a trend over a year has to
be counted while they are there.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NONE = sa.text("0")


def upgrade() -> None:
    op.create_table(
        "kpi_day",
        sa.Column("day", sa.Date(), nullable=False, comment="in UTC"),
        sa.Column("system", sa.Text(), nullable=False, comment="'' in the row of all systems together"),
        sa.Column(
            "entity",
            sa.Text(),
            nullable=False,
            comment="'' where it is not one entity's: a refused token, all systems",
        ),
        sa.Column(
            "events",
            sa.BigInteger(),
            comment="polls and loads; null where they were pruned before they were counted",
        ),
        sa.Column("failed_events", sa.BigInteger(), comment="those of them that ended with an error"),
        _count("loads", "loads of any way"),
        _count("failed_loads", "loads with an error kind"),
        _count("records", "records that loads read"),
        _count("rejected_records", "records that loads rejected"),
        sa.Column("load_seconds", sa.Float(), nullable=False, server_default=_NONE, comment="sum over the loads"),
        _count("changes", "changes captured on the day and landed since"),
        _count("changes_waiting", "changes captured on the day that had not landed when this was measured"),
        sa.Column(
            "latency_median_seconds",
            sa.Float(),
            comment="from the partner's change to its landing; null without a change",
        ),
        sa.Column("latency_p95_seconds", sa.Float(), comment="the same, 95 of 100 changes"),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False, comment="measured after the day's end, so never again"),
        sa.PrimaryKeyConstraint("day", "system", "entity"),
        schema="sync",
        comment="What the KPIs are made of, by UTC day: kept when the loads, changes and requests it counts are pruned",
    )


def downgrade() -> None:
    op.execute("drop view if exists report.kpi")
    op.drop_table("kpi_day", schema="sync")


def _count(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=_NONE, comment=comment)
