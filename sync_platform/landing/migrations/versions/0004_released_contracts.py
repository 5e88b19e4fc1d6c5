"""Released contract versions are registered, and the database itself keeps them as they are

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEEP = """
create function sync.keep_released_contract() returns trigger language plpgsql as $$
begin
    if old.released_on is null then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    if tg_op = 'DELETE' or new.released_on is null
        or (new.contract_id, new.version, new.fingerprint, new.document)
            is distinct from (old.contract_id, old.version, old.fingerprint, old.document)
    then
        raise exception 'contract % % is released and stays as it is', old.contract_id, old.version
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
KEPT = """
create trigger keep_released_contract before update or delete on sync.contract_version
for each row execute function sync.keep_released_contract()
"""


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
    op.execute(KEEP)
    op.execute(KEPT)


def downgrade() -> None:
    op.drop_table("contract_version", schema="sync")
    op.execute("drop function sync.keep_released_contract()")
