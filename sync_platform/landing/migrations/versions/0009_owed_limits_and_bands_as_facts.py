"""What is owed, what limits the stock comparison and which volume was expected are facts, and no longer words alone

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)


def _count(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"), comment=comment)


def upgrade() -> None:
    op.create_table(
        "owed",
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        _count("days", "still to be read whole"),
        sa.Column("first_day", sa.Date, comment="the oldest of them"),
        sa.Column("last_day", sa.Date, comment="the newest of them"),
        sa.Column("judged_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("system", "entity"),
        schema="sync",
        comment="How many days each entity is behind its declared history, when that was last worked out",
    )
    op.create_table(
        "stock_comparison_day",
        sa.Column("business_day", sa.Date, primary_key=True),
        _count("pairs", "of SKU and branch that the shop lists"),
        _count("agreeing", "both sides show the same units"),
        _count("oversold", "the shop promises more than there is"),
        _count("differing", "the shop shows less than there is"),
        _count("missing", "one side only knows the pair"),
        sa.Column("as_of", Moment, nullable=False, comment="the oldest of the inputs' as_of when they were compared"),
        sa.Column("limited_by", sa.Text, nullable=False, comment="the input with that as_of"),
        sa.Column("limited_by_branch", sa.Text, comment="its branch; null where the input does not report per branch"),
        sa.Column("compared_at", Moment, nullable=False, server_default=sa.text("now()")),
        schema="sync",
        comment="The last stock comparison of each business day in figures, with the as_of of the whole",
    )
    rejected = "held since so many of its records broke the contract, until read whole"
    op.add_column("entity_day", sa.Column("rejected_since", Moment, comment=rejected), schema="sync")
    low = "fewest rows that are usual, where element_count is held against that"
    op.add_column("check_result", sa.Column("expected_low", sa.BigInteger, comment=low), schema="sync")
    high = "most rows that are usual"
    op.add_column("check_result", sa.Column("expected_high", sa.BigInteger, comment=high), schema="sync")


def downgrade() -> None:
    op.drop_column("entity_day", "rejected_since", schema="sync")
    op.drop_column("check_result", "expected_high", schema="sync")
    op.drop_column("check_result", "expected_low", schema="sync")
    op.drop_table("stock_comparison_day", schema="sync")
    op.drop_table("owed", schema="sync")
