"""What refers to an exchange is found by index

Pruning 300,000 exchanges (docs/operations.md) took 4 s with both indexes, and was not through after 400 s without.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("change_by_exchange", "change", ["exchange_id"], schema="sync")
    op.create_index("load_by_correlation", "load", ["correlation_id"], schema="sync")


def downgrade() -> None:
    op.drop_index("load_by_correlation", table_name="load", schema="sync")
    op.drop_index("change_by_exchange", table_name="change", schema="sync")
