"""Every declared system: no credential ends up where people look, whatever the partner answers."""

from __future__ import annotations

import base64

import pytest

from sync_platform.declarations.auth import BasicAuth, OAuth2ClientCredentialsAuth, SessionLoginAuth
from sync_platform.errors import PartnerError
from sync_platform_tests.declared_systems.connected import Connected
from sync_platform_tests.declared_systems.served import cases, tells_changes

SHOWN = (
    "select path || ' ' || coalesce(error, '') as text from sync.exchange",
    "select coalesce(error, '') as text from sync.load",
    "select message || ' ' || reason || ' ' || field as text from sync.dead_letter",
)


@cases()
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_no_credential_is_shown_although_the_partner_repeats_it(connected: Connected, status: int) -> None:
    """Promise 12; the partner puts everything we sent into its answer, and into a record."""
    said = " and ".join(secrets_of(connected))
    connected.server.fault(connected.entity, "status", times=1, status=status, body=f'{{"error": "{said}"}}')
    loads = [connected.pull()]
    connected.server.mend()
    connected.server.fault(connected.entity, "status", status=status, body=said)
    loads.append(connected.pull())
    connected.server.mend()
    connected.server.fault(connected.entity, "bad_record", field=connected.spoilable_path(), value={"said": said})
    loads.append(connected.pull())

    shown = " ".join(row["text"] for query in SHOWN for row in connected.select(query)) + repr(loads)

    assert [secret for secret in secrets_of(connected) if secret in shown] == []
    assert [load.error for load in loads] != [None, None, None], "no answer was spoilt"


@cases(tells_changes)
@pytest.mark.parametrize("status", [401, 404])
def test_no_credential_is_in_an_error_that_a_delta_raises(connected: Connected, status: int) -> None:
    said = " and ".join(secrets_of(connected))
    connected.server.fault(connected.entity, "status", status=status, body=said)

    with pytest.raises(PartnerError) as raised:
        connected.delta()

    chain: list[BaseException] = []
    error: BaseException | None = raised.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    shown = " ".join(f"{error} {error!r} {error.args}" for error in chain)
    assert [secret for secret in secrets_of(connected) if secret in shown] == []
    assert str(raised.value).startswith(connected.system.name)


@cases()
def test_the_credentials_are_sent_and_are_what_opens_the_door(connected: Connected) -> None:
    """That the two tests above look for the right values."""
    assert connected.pull().outcome == "published"
    assert all(secret.startswith("canary-") for secret in secrets_of(connected)[:1])


def secrets_of(connected: Connected) -> list[str]:
    """The values that nobody may see. A client's id and a login's user name are no secrets (RFC 6749 section 2.2)."""
    auth = connected.system.declaration.api.auth
    values = {name: connected.server.environment[name] for name in connected.system.declaration.api.variables[1:]}
    if isinstance(auth, OAuth2ClientCredentialsAuth):
        values.pop(auth.client_id_env)
    if isinstance(auth, SessionLoginAuth):
        values.pop(auth.username_env)
    secrets = list(values.values())
    if isinstance(auth, BasicAuth):
        secrets.append(base64.b64encode(":".join(secrets).encode()).decode())
    return secrets
