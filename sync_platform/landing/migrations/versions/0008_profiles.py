"""What each day looks like is kept: profiles of its fields, its volume, the shape of its records

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_AGE = "how old the day was: running_1 to running_4, fresh or settled; current of a state"
Moment = sa.DateTime(timezone=True)


def _day() -> list[sa.Column[object]]:
    return [
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("business_day", sa.Date, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "profile",
        *_day(),
        sa.Column("age", sa.Text, nullable=False, comment=_AGE),
        sa.Column("field", sa.Text, nullable=False, comment="of the contract; _lateness for the records' delays"),
        sa.Column("kind", sa.Text, nullable=False, comment="values, number, hours, delays or presence"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("nulls", sa.BigInteger, nullable=False),
        sa.Column("counts", JSONB, nullable=False, comment="rows by value, magnitude bin, hour or delay bin"),
        sa.Column("rest", sa.BigInteger, nullable=False, comment="rows with a value that is not listed"),
        sa.Column("distinct_values", sa.BigInteger, comment="null where values are not counted"),
        sa.Column("minimum", sa.Float),
        sa.Column("maximum", sa.Float),
        sa.Column("mean", sa.Float),
        sa.Column("taken_at", Moment, nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("system", "entity", "business_day", "age", "field"),
        schema="sync",
        comment="What the values of each day look like, per field; never a value of a personal one",
    )
    op.create_table(
        "volume",
        *_day(),
        sa.Column("branch", sa.Text, nullable=False, comment="the empty text for all together"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column(
            "by_hour", ARRAY(sa.Integer), nullable=False, comment="24 counts by the partner's wall clock; or none"
        ),
        sa.Column(
            "busy_minutes",
            ARRAY(sa.Integer),
            nullable=False,
            comment="of all branches: minutes of each hour with a row",
        ),
        sa.Column("taken_at", Moment, nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("system", "entity", "business_day", "branch"),
        schema="sync",
        comment="How many rows each day has, per branch and hour; a row per branch and day, its hours in one array",
    )
    op.create_table(
        "shape",
        *_day(),
        sa.Column("contract_version", sa.Text, nullable=False),
        sa.Column("samples", sa.BigInteger, nullable=False, comment="records that were looked at"),
        sa.Column("paths", JSONB, nullable=False, comment="how often which JSON type stood at which path"),
        sa.Column("cut", sa.Boolean, nullable=False, comment="there were more paths than are kept"),
        sa.Column(
            "observed_at", Moment, nullable=False, server_default=sa.text("now()"), comment="the first look at this day"
        ),
        sa.PrimaryKeyConstraint("system", "entity", "business_day"),
        schema="sync",
        comment="Which fields the partner's records had, of which JSON types; never a value",
    )


def downgrade() -> None:
    for table in ("shape", "volume", "profile"):
        op.drop_table(table, schema="sync")
