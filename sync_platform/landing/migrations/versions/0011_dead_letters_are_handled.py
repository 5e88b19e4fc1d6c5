"""Dead letters say which way they came, can be sealed and edited, and what is done with them is recorded

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
_STATES = "open; replayed as it was, resolved by an edit, superseded by a later version, discarded"
_PAYLOAD = "as received; null where it is personal and there was no key to seal it"
_ACTIONS = "edited, replayed, resolved, discarded, superseded or reopened"
_APPEND_ONLY = """
create function sync.keep_dead_letter_action() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from sync.dead_letter d where d.dead_letter_id = old.dead_letter_id) then
        return old;
    end if;
    -- A key is rotated: the payload is sealed anew, its hash and all else stay.
    if tg_op = 'UPDATE' and old.sealed and to_jsonb(new) - 'payload' = to_jsonb(old) - 'payload' then
        return new;
    end if;
    raise exception 'sync.dead_letter_action is append-only';
end $$
"""


def upgrade() -> None:
    op.alter_column("dead_letter", "payload", nullable=True, comment=_PAYLOAD, schema="sync")
    op.alter_column("dead_letter", "payload_hash", comment="SHA-256 of the payload before it was sealed", schema="sync")
    op.alter_column("dead_letter", "state", comment=_STATES, schema="sync")
    for column in _columns():
        op.add_column("dead_letter", column, schema="sync")
    op.execute(
        "update sync.dead_letter d set way = l.way, correlation_id = l.correlation_id"
        " from sync.load l where l.load_id = d.load_id"
    )
    op.drop_index("dead_letter_open", table_name="dead_letter", schema="sync")
    op.create_index(
        "dead_letter_known",
        "dead_letter",
        ["system", "entity", "payload_hash"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("state in ('open', 'discarded', 'resolved')"),
    )
    op.create_table(
        "dead_letter_action",
        sa.Column("action_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("dead_letter_id", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False, comment=_ACTIONS),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("before_hash", sa.LargeBinary, comment="SHA-256 of the payload before the action"),
        sa.Column("after_hash", sa.LargeBinary, comment="and after it"),
        sa.Column("payload", sa.LargeBinary, comment="as edited; the one received stays in the letter"),
        _sealed(),
        schema="sync",
        comment="What was done with each dead letter, append-only: kept by a trigger for as long as the letter is",
    )
    op.create_index(
        "dead_letter_action_by_letter", "dead_letter_action", ["dead_letter_id", "action_id"], schema="sync"
    )
    op.execute(_APPEND_ONLY)
    op.execute(
        "create trigger append_only before update or delete on sync.dead_letter_action"
        " for each row execute function sync.keep_dead_letter_action()"
    )


def downgrade() -> None:
    """What was withheld or sealed cannot be had back: such letters go."""
    op.drop_table("dead_letter_action", schema="sync")
    op.execute("drop function sync.keep_dead_letter_action()")
    op.execute("delete from sync.dead_letter where payload is null or sealed")
    op.drop_index("dead_letter_known", table_name="dead_letter", schema="sync")
    for column in _columns():
        op.drop_column("dead_letter", column.name, schema="sync")
    op.alter_column("dead_letter", "state", comment=None, schema="sync")
    op.alter_column("dead_letter", "payload_hash", comment=None, schema="sync")
    op.alter_column("dead_letter", "payload", nullable=False, comment=None, schema="sync")
    op.create_index(
        "dead_letter_open",
        "dead_letter",
        ["system", "entity", "payload_hash"],
        unique=True,
        schema="sync",
        postgresql_where=sa.text("state = 'open'"),
    )


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        _sealed(),
        sa.Column("way", sa.Text, comment="whole_day, current, delta, webhook, file or out"),
        sa.Column("correlation_id", UUID(as_uuid=True)),
        sa.Column("source_version", sa.BigInteger, comment="where the broken record's could be read"),
        sa.Column("observed_at", Moment, comment="request time by the partner's clock"),
        sa.Column("as_of", Moment),
        sa.Column("exchange_id", UUID(as_uuid=True), comment="the request that brought it, or the file"),
        sa.Column("delivery_id", sa.BigInteger, comment="the webhook delivery that brought it"),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", Moment),
        sa.Column("why", sa.Text),
    )


def _sealed() -> sa.Column[bool]:
    return sa.Column(
        "sealed", sa.Boolean, nullable=False, server_default=sa.text("false"), comment="the payload is encrypted"
    )
