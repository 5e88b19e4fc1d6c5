"""Tables of who may do what in the gateway's pages, schema `access`; no password and no token is ever in them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from sync_platform.landing.tables import Moment, metadata

ACCESS = "access"

user = Table(
    "user",
    metadata,
    Column("user_id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="in lower case; what one logs in with"),
    Column("role", Text, nullable=False, comment="viewer, operator or admin"),
    Column("password_hash", Text, comment="Argon2id; null for who comes by OpenID Connect only"),
    Column("issuer", Text, comment="of OpenID Connect"),
    Column("subject", Text, comment="who the issuer says it is; never reused by it"),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("disabled_at", Moment),
    Column("last_login_at", Moment),
    CheckConstraint("role in ('viewer', 'operator', 'admin')", name="user_role_is_known"),
    CheckConstraint("(issuer is null) = (subject is null)", name="user_issuer_has_a_subject"),
    Index("user_by_subject", "issuer", "subject", unique=True),
    schema=ACCESS,
    comment="Who may use the gateway's pages and its API",
)

session = Table(
    "session",
    metadata,
    Column("session_hash", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's secret"),
    Column("user_id", BigInteger, ForeignKey(user.c.user_id), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, comment="to the minute"),
    Index("session_by_user", "user_id"),
    schema=ACCESS,
    comment="Who is logged in; a session that ended has no row",
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, ForeignKey(user.c.user_id), nullable=False),
    Column("prefix", Text, nullable=False, unique=True, comment="the part that is shown"),
    Column("secret_hash", LargeBinary, nullable=False, comment="SHA-256 of the whole token"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment, comment="to the minute"),
    Column("revoked_at", Moment),
    Index("api_token_by_user", "user_id"),
    schema=ACCESS,
    comment="Tokens for the API: what each may do, until when; it may never do more than its user",
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("attempt_id", BigInteger, Identity(always=True), primary_key=True),
    Column("name_hash", LargeBinary, nullable=False, comment="SHA-256: people type passwords into the wrong field"),
    Column("peer", Text, nullable=False, comment="the address that the attempt came from"),
    Column("succeeded", Boolean, nullable=False),
    Column("attempted_at", Moment, nullable=False),
    Index("login_attempt_by_name", "name_hash", "attempted_at"),
    Index("login_attempt_by_peer", "peer", "attempted_at"),
    schema=ACCESS,
    comment="Logins of the last day, by which guessing is slowed down",
)

oidc_login = Table(
    "oidc_login",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True, comment="SHA-256 of what goes to the issuer and back"),
    Column("nonce", Text, nullable=False),
    Column("code_verifier", Text, nullable=False, comment="of PKCE"),
    Column("return_to", Text, nullable=False, comment="a path of ours"),
    Column("began_at", Moment, nullable=False),
    schema=ACCESS,
    comment="Logins that an issuer of OpenID Connect has not answered yet; each is used once",
)

access_log = Table(
    "access_log",
    metadata,
    Column("access_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("name", Text, comment="the user's name; null where nobody was logged in"),
    Column("way", Text, nullable=False, comment="session, token, cli or none"),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False, comment="without its query; of the command line, the command"),
    Column("about", Text, comment="the user, token or record that it was done to"),
    Column("status", Integer, nullable=False, comment="as HTTP has it"),
    Column("peer", Text),
    CheckConstraint("way in ('session', 'token', 'cli', 'none')", name="access_log_way_is_known"),
    Index("access_log_by_time", text("at desc")),
    Index("access_log_by_name", "name", "at"),
    schema=ACCESS,
    comment="Every look at a page behind the login and every action, also the refused ones",
)
