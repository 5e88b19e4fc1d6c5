"""What partners say of a day against what is landed of it

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verification",
        *_key(),
        sa.Column(
            "verdict", sa.Text(), nullable=False, comment="agrees, explained, differs, contradicts or unanswered"
        ),
        sa.Column("words", sa.Text(), nullable=False, comment="the verdict in a sentence, with its remedy"),
        sa.Column(
            "asked_until",
            sa.DateTime(timezone=True),
            comment="of a day that has not ended: up to which moment of it was asked",
        ),
        sa.Column("partner_count", sa.BigInteger(), comment="what the partner says; null before its first answer"),
        sa.Column("landed_count", sa.BigInteger(), comment="live rows, tombstones left out"),
        _count("dead_letters", "open ones of records that are not landed: the difference that is known"),
        sa.Column("partner_sums", postgresql.JSONB(), comment="exact, as text, by what is summed"),
        sa.Column("landed_sums", postgresql.JSONB()),
        sa.Column("dead_letter_sums", postgresql.JSONB(), comment="what the dead letters themselves say"),
        _count("missing_here", "keys that the partner has and that are not landed"),
        _count("missing_there", "keys that are landed and that the partner does not have"),
        _count("changed", "keys with other content here than there"),
        _count("rejected", "keys that break the contract now and that no dead letter tells of"),
        sa.Column(
            "searched",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="whether keys were compared",
        ),
        sa.Column("requests", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), comment="when the partner gave the figures, by its own clock"
        ),
        sa.Column(
            "compared_at", sa.DateTime(timezone=True), comment="when they were compared, by the database's clock"
        ),
        sa.Column("compared_load_at", sa.DateTime(timezone=True), comment="loaded_at of the day as it was compared"),
        sa.Column("exchange_id", sa.UUID(), comment="the request that the figures came with"),
        sa.Column(
            "failed_at",
            sa.DateTime(timezone=True),
            comment="when it was last asked in vain; null once there was an answer",
        ),
        sa.Column("failure_kind", sa.Text(), comment="unreachable, throttled, refused or misbehaved"),
        sa.Column("failure", sa.Text()),
        sa.PrimaryKeyConstraint("system", "entity", "business_day", "scope"),
        schema="sync",
        comment="A partner's figures of a day against what is landed: the last answer, and the last failure since it",
    )
    op.create_index("verification_by_exchange", "verification", ["exchange_id"], schema="sync")
    op.create_table(
        "verification_difference",
        *_key(scope_comment=None),
        sa.Column("record_key", sa.Text(), nullable=False, comment="masked where a field of the key is personal"),
        sa.Column("kind", sa.Text(), nullable=False, comment="missing_here, missing_there, changed or rejected"),
        sa.Column(
            "fields",
            postgresql.JSONB(),
            nullable=False,
            comment="per differing field what the partner has and what is landed",
        ),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")),
        schema="sync",
        comment="The keys that the last verification of a day found to differ, a bounded number of them",
    )
    op.create_index(
        "verification_difference_by_day",
        "verification_difference",
        ["system", "entity", "business_day", "scope"],
        schema="sync",
    )
    op.create_table(
        "verified_through",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("verified_from", sa.Date(), comment="the first day that counts"),
        sa.Column(
            "verified_through",
            sa.Date(),
            comment="every day from verified_from to this one agrees; null if not even that",
        ),
        sa.Column("settled_through", sa.Date(), nullable=False, comment="the last day that was settled then"),
        sa.Column("hole_day", sa.Date(), comment="the first settled day that is not verified; null if there is none"),
        sa.Column("hole", sa.Text(), comment="why: never loaded, not verified, or the verdict"),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("system", "entity"),
        schema="sync",
        comment="Up to which day, without a hole, an entity agrees with its partner",
    )


def downgrade() -> None:
    op.drop_table("verified_through", schema="sync")
    op.drop_index("verification_difference_by_day", table_name="verification_difference", schema="sync")
    op.drop_table("verification_difference", schema="sync")
    op.drop_index("verification_by_exchange", table_name="verification", schema="sync")
    op.drop_table("verification", schema="sync")


def _key(*, scope_comment: str | None = "day, or so_far: of a day that has not ended") -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment=scope_comment),
    )


def _count(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"), comment=comment)
