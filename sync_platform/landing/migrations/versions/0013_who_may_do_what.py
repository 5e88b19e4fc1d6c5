"""Who may do what: users, sessions, API tokens, attempts to log in, and the log of every look and action

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)

# A line goes only when it is old; declarations/retention.py declares no shorter time than this.
_REFUSE = """
create function access.refuse() returns trigger language plpgsql set search_path = '' as $$
begin
    if tg_op = 'DELETE' and old.at < now() - interval '30 days' then
        return old;
    end if;
    raise exception 'access.access_log is append-only: % is refused', lower(tg_op)
        using errcode = 'insufficient_privilege', hint = 'See docs/access.md.';
end
$$
"""


def upgrade() -> None:
    op.execute("create schema if not exists access")
    op.create_table(
        "user",
        sa.Column("user_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True, comment="in lower case; what one logs in with"),
        sa.Column("role", sa.Text, nullable=False, comment="viewer, operator or admin"),
        sa.Column("password_hash", sa.Text, comment="Argon2id; null for who comes by OpenID Connect only"),
        sa.Column("issuer", sa.Text, comment="of OpenID Connect"),
        sa.Column("subject", sa.Text, comment="who the issuer says it is; never reused by it"),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("disabled_at", Moment),
        sa.Column("last_login_at", Moment),
        sa.CheckConstraint("role in ('viewer', 'operator', 'admin')", name="user_role_is_known"),
        sa.CheckConstraint("(issuer is null) = (subject is null)", name="user_issuer_has_a_subject"),
        schema="access",
        comment="Who may use the gateway's pages and its API",
    )
    op.create_index("user_by_subject", "user", ["issuer", "subject"], unique=True, schema="access")
    op.create_table(
        "session",
        sa.Column("session_hash", sa.LargeBinary, primary_key=True, comment="SHA-256 of the cookie's secret"),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("access.user.user_id"), nullable=False),
        sa.Column("began_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False, comment="to the minute"),
        schema="access",
        comment="Who is logged in; a session that ended has no row",
    )
    op.create_index("session_by_user", "session", ["user_id"], schema="access")
    op.create_table(
        "api_token",
        sa.Column("token_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("access.user.user_id"), nullable=False),
        sa.Column("prefix", sa.Text, nullable=False, unique=True, comment="the part that is shown"),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the whole token"),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, comment="to the minute"),
        sa.Column("revoked_at", Moment),
        schema="access",
        comment="Tokens for the API: what each may do, until when; it may never do more than its user",
    )
    op.create_index("api_token_by_user", "api_token", ["user_id"], schema="access")
    op.create_table(
        "login_attempt",
        sa.Column("attempt_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "name_hash", sa.LargeBinary, nullable=False, comment="SHA-256: people type passwords into the wrong field"
        ),
        sa.Column("peer", sa.Text, nullable=False, comment="the address that the attempt came from"),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("attempted_at", Moment, nullable=False),
        schema="access",
        comment="Logins of the last day, by which guessing is slowed down",
    )
    op.create_index("login_attempt_by_name", "login_attempt", ["name_hash", "attempted_at"], schema="access")
    op.create_index("login_attempt_by_peer", "login_attempt", ["peer", "attempted_at"], schema="access")
    op.create_table(
        "oidc_login",
        sa.Column(
            "state_hash", sa.LargeBinary, primary_key=True, comment="SHA-256 of what goes to the issuer and back"
        ),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("code_verifier", sa.Text, nullable=False, comment="of PKCE"),
        sa.Column("return_to", sa.Text, nullable=False, comment="a path of ours"),
        sa.Column("began_at", Moment, nullable=False),
        schema="access",
        comment="Logins that an issuer of OpenID Connect has not answered yet; each is used once",
    )
    op.create_table(
        "access_log",
        sa.Column("access_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("name", sa.Text, comment="the user's name; null where nobody was logged in"),
        sa.Column("way", sa.Text, nullable=False, comment="session, token, cli or none"),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False, comment="without its query; of the command line, the command"),
        sa.Column("about", sa.Text, comment="the user, token or record that it was done to"),
        sa.Column("status", sa.Integer, nullable=False, comment="as HTTP has it"),
        sa.Column("peer", sa.Text),
        sa.CheckConstraint("way in ('session', 'token', 'cli', 'none')", name="access_log_way_is_known"),
        schema="access",
        comment="Every look at a page behind the login and every action, also the refused ones",
    )
    op.create_index("access_log_by_time", "access_log", [sa.text("at desc")], schema="access")
    op.create_index("access_log_by_name", "access_log", ["name", "at"], schema="access")
    op.execute(_REFUSE)
    op.execute(
        "create trigger append_only before update or delete on access.access_log"
        " for each row execute function access.refuse()"
    )
    # Also in a session that replays: `set session_replication_role = replica` turns ordinary triggers off.
    op.execute("alter table access.access_log enable always trigger append_only")
    op.execute("revoke update, truncate on access.access_log from public, current_user")


def downgrade() -> None:
    for table in ("access_log", "oidc_login", "login_attempt", "api_token", "session", "user"):
        op.drop_table(table, schema="access")
    op.execute("drop function access.refuse()")
    op.execute("drop schema access")
