"""How a partner system knows us. Secrets are named by environment variable, never written down."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sync_platform.declarations.model import Declared, Duration, EnvironmentVariable, Expression


class NoAuth(Declared):
    kind: Literal["none"]


class BearerAuth(Declared):
    """A fixed token sent as `Authorization: Bearer`."""

    kind: Literal["bearer"]
    token_env: EnvironmentVariable


class ApiKeyAuth(Declared):
    """A key in a header. Keys in the query string are refused: they end up in everybody's logs."""

    kind: Literal["api_key"]
    header: str
    key_env: EnvironmentVariable


class BasicAuth(Declared):
    kind: Literal["basic"]
    username_env: EnvironmentVariable
    password_env: EnvironmentVariable


class OAuth2ClientCredentialsAuth(Declared):
    """RFC 6749 section 4.4; `refresh_before` the end of a token's life a new one is fetched."""

    kind: Literal["oauth2_client_credentials"]
    token_path: str
    client_id_env: EnvironmentVariable
    client_secret_env: EnvironmentVariable
    scope: str | None = None
    client_auth: Literal["basic", "body"] = "body"
    refresh_before: Duration = Field(default="30s", validate_default=True)


class SessionLoginAuth(Declared):
    """A login request whose answer holds a session token, or sets cookies when `token` is not given."""

    kind: Literal["session_login"]
    login_path: str
    username_env: EnvironmentVariable
    password_env: EnvironmentVariable
    username_field: str = "username"
    password_field: str = "password"  # noqa: S105 - the name of a field
    token: Expression | None = None
    header: str = "Authorization"
    prefix: str = ""


Auth = Annotated[
    NoAuth | BearerAuth | ApiKeyAuth | BasicAuth | OAuth2ClientCredentialsAuth | SessionLoginAuth,
    Field(discriminator="kind"),
]


def secret_variables(auth: Auth) -> tuple[str, ...]:
    """The environment variables that this kind of auth needs."""
    return tuple(value for name, value in auth.model_dump().items() if name.endswith("_env"))
