"""Released contract versions are registered

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract_version",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column(
            "document",
            postgresql.JSONB(),
            nullable=False,
            comment="the contract's content, as in its file",
        ),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the content; a released version's never changes",
        ),
        sa.Column(
            "released_on", sa.Date(), nullable=True, comment="null while it is a draft, whose content may still change"
        ),
        sa.Column(
            "ends_on", sa.Date(), nullable=True, comment="last day of its major version, where that is announced"
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("contract_id", "version"),
        schema="sync",
        comment="Every contract version that was declared or released; a released one is immutable",
    )


def downgrade() -> None:
    op.drop_table("contract_version", schema="sync")
