"""`gateway` says what it listens for and what is missing, stores what comes, and ends with its applier."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("SHOP_WEBHOOK_SECRET", "PAYMENTS_WEBHOOK_SECRET")


def test_without_any_secret_it_says_which_to_set(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)

    said = command("gateway", "--json")

    assert said.code == 2
    assert said.object["error"]["message"].endswith("export PAYMENTS_WEBHOOK_SECRET=… SHOP_WEBHOOK_SECRET=…")


def test_a_key_of_dead_letters_that_is_none_is_said_before_anything_starts(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_WEBHOOK_SECRET", "s")
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", "no key")
    said = command("gateway", "--port", "0")
    assert said.code == 2
    assert "key 1 of SYNC_PLATFORM_LETTER_KEYS is no Fernet key" in said.err


def test_without_our_tables_it_says_so(
    command: Command, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_WEBHOOK_SECRET", "s")
    said = command("gateway", "--port", "0")
    assert said.code == 1
    assert "sync-platform migrate" in said.err


@pytest.mark.slow
def test_what_comes_is_stored_and_applied_within_a_second_or_so_and_sigterm_ends_all(
    database: Database, sandbox: Sandbox
) -> None:
    (key,) = sandbox.touch("payments", "payments").keys
    url, headers = sandbox.environment["PAYMENTS_BASE_URL"], {"X-Api-Key": sandbox.environment["PAYMENTS_API_KEY"]}
    events = requests.get(f"{url}/v1/events", headers=headers, timeout=10).json()["data"]
    event = next(event for event in events if event["data"]["object"]["id"] == key)
    body, stamp = json.dumps(event).encode(), str(int(time.time()))
    secret = sandbox.environment["PAYMENTS_WEBHOOK_SECRET"].encode()
    digest = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    command = [sys.executable, "-m", "sync_platform.cli.main", "gateway", "--port", "0", "--json"]
    environment = {name: value for name, value in os.environ.items() if name != "SHOP_WEBHOOK_SECRET"}

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            answer = requests.post(
                ready["url"] + ready["webhooks"][0],
                data=body,
                headers={"Stripe-Signature": f"t={stamp},v1={digest}"},
                timeout=10,
            )
            landed = _landed(database, key)
            pages = requests.get(f"{ready['url']}/", timeout=10)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)

    assert (ready["webhooks"], [one["missing"] for one in ready["left_out"]]) == (
        ["/webhooks/payments/events"],
        [["SHOP_WEBHOOK_SECRET"]],
    )
    assert (answer.status_code, landed, code) == (202, True, 0)
    assert ready["pages"]["served"] is True
    assert "users add NAME --role admin" in ready["pages"]["problem"]
    assert (pages.status_code, pages.url) == (200, f"{ready['url']}/login")


def _landed(database: Database, key: str) -> bool:
    """Whether the payment lands before long; the applier's first start takes a second of its own."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with database.connect() as connection:
            found = connection.execute("select from landing.payments__payments where payment_id = %s", [key])
            if found.fetchone() is not None:
                return True
        time.sleep(0.05)
    return False
