"""The audit log: entries that nobody changes, sealed in a chain of batches; and the bodies of partners' answers

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("entry", "batch", "key", "archive")
Moment = sa.DateTime(timezone=True)

# An entry goes only after its batch was archived; a key only loses what it encrypts with, and once.
_REFUSE = """
create function audit.refuse() returns trigger language plpgsql set search_path = '' as $$
begin
    if tg_op = 'DELETE' and tg_table_name = 'entry' then
        if exists (select from audit.archive a where old.entry_id between a.first_entry and a.last_entry) then
            return old;
        end if;
    end if;
    if tg_op = 'UPDATE' and tg_table_name = 'key' then
        if old.fernet_key is not null and new.fernet_key is null and new.erased_at is not null
            and (new.key_id, new.subject, new.created_at) = (old.key_id, old.subject, old.created_at) then
            return new;
        end if;
    end if;
    raise exception 'audit.% is append-only: % is refused', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege', hint = 'See docs/audit.md.';
end
$$
"""


def upgrade() -> None:
    op.execute("create schema if not exists audit")
    op.create_table(
        "entry",
        sa.Column("entry_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column(
            "who", sa.Text, nullable=False, comment="a user's name, or the part of the platform that acted by itself"
        ),
        sa.Column("action", sa.Text, nullable=False, comment="what was done, like `dead_letter.discard`"),
        sa.Column("system", sa.Text),
        sa.Column("entity", sa.Text),
        sa.Column("subject", sa.Text, comment="the record's key, masked where a field of it is personal"),
        sa.Column("correlation_id", postgresql.UUID(as_uuid=True)),
        sa.Column("detail", sa.LargeBinary, nullable=False, comment="JSON, encrypted with the key of detail_key_id"),
        sa.Column("detail_key_id", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of all the others but entry_id"),
        schema="audit",
        comment="Who did what and when; the database refuses UPDATE, DELETE and TRUNCATE",
    )
    op.create_index("entry_by_time", "entry", ["at"], schema="audit")
    op.create_index("entry_by_subject", "entry", ["system", "entity", "subject"], schema="audit")
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
        sa.Column("first_entry", sa.BigInteger, nullable=False),
        sa.Column("last_entry", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column(
            "entry_hashes", sa.LargeBinary, nullable=False, comment="per entry 8 bytes of its id and 32 of its hash"
        ),
        sa.Column("sealed_at", Moment, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary, nullable=False, comment="32 zero bytes in the first"),
        sa.Column("hash", sa.LargeBinary, nullable=False, comment="SHA-256 of all the others"),
        schema="audit",
        comment="Sealed entries; each batch holds the hash of the one before it",
    )
    op.create_table(
        "key",
        sa.Column("key_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "subject", sa.Text, nullable=False, comment="whose details it encrypts: system/entity and the record's key"
        ),
        sa.Column("fernet_key", sa.Text, comment="null once it was erased"),
        sa.Column("created_at", Moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("erased_at", Moment),
        schema="audit",
        comment="One key per person or record: without it, what was written of them stays unreadable, and in the chain",
    )
    op.create_index(
        "key_by_subject",
        "key",
        ["subject"],
        unique=True,
        schema="audit",
        postgresql_where=sa.text("fernet_key is not null"),
    )
    op.create_table(
        "archive",
        sa.Column("batch_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_entry", sa.BigInteger, nullable=False),
        sa.Column("last_entry", sa.BigInteger, nullable=False),
        sa.Column("file", sa.Text, nullable=False, comment="its name in the archive's folder"),
        sa.Column("sha256", sa.Text, nullable=False, comment="of the file"),
        sa.Column("archived_at", Moment, nullable=False),
        schema="audit",
        comment="Batches whose entries were moved into a file, and may be deleted here for that reason alone",
    )
    op.create_table(
        "exchange_body",
        sa.Column("exchange_id", postgresql.UUID(as_uuid=True), primary_key=True),
        sa.Column("kept_at", Moment, nullable=False, comment="when it was asked for"),
        sa.Column("sha256", sa.Text, nullable=False, comment="of the body as received"),
        sa.Column(
            "body",
            sa.LargeBinary,
            comment="compressed by zlib, then encrypted with the key of key_id; null in the store",
        ),
        sa.Column("key_id", sa.BigInteger, nullable=False),
        sa.Column("stored_as", sa.Text, comment="its file in the store of kept bodies, once it was moved there"),
        sa.CheckConstraint("(body is null) = (stored_as is not null)", name="exchange_body_in_one_place"),
        schema="sync",
        comment="What partners answered, byte for byte, where their declaration says keep_bodies",
    )
    op.create_index("exchange_body_by_time", "exchange_body", ["kept_at", "exchange_id"], schema="sync")
    op.execute(_REFUSE)
    for table in _TABLES:
        op.execute(
            f"create trigger append_only before update or delete on audit.{table}"
            " for each row execute function audit.refuse()"
        )
        op.execute(
            f"create trigger never_emptied before truncate on audit.{table}"
            " for each statement execute function audit.refuse()"
        )
        # Also in a session that replays: `set session_replication_role = replica` turns ordinary triggers off.
        for trigger in ("append_only", "never_emptied"):
            op.execute(f"alter table audit.{table} enable always trigger {trigger}")
        op.execute(f"revoke update, delete, truncate on audit.{table} from public")
    for table in ("batch", "archive"):
        op.execute(f"revoke update, delete, truncate on audit.{table} from current_user")
    op.execute("revoke update, truncate on audit.entry from current_user")
    op.execute("revoke delete, truncate on audit.key from current_user")


def downgrade() -> None:
    op.drop_table("exchange_body", schema="sync")
    for table in reversed(_TABLES):
        op.drop_table(table, schema="audit")
    op.execute("drop function audit.refuse()")
    op.execute("drop schema audit")
