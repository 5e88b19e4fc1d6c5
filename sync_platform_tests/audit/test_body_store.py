"""Kept bodies in a store outside the database: moved, read back, and gone when their time is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from sync_platform.audit.body_store import BodyStore
from sync_platform.audit.exchange_body import keep_bodies, read_body
from sync_platform.audit.moved_bodies import drop_bodies, move_bodies
from sync_platform.errors import AuditBroken, DeclarationError, LandingUnavailable
from sync_platform.landing.database import Connection
from sync_platform_tests.audit.kept import BODY, kept
from sync_platform_tests.landing.planted import KEPT_SINCE, NOW, Planted, ago


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BodyStore:
    """A store in a folder of this machine, and one of another kind."""
    return BodyStore(str(tmp_path / "bodies") if request.param == "folder" else f"memory://{uuid4()}")


def test_a_body_that_was_moved_into_a_store_comes_back_and_lies_there_encrypted(
    connection: Connection, store: BodyStore
) -> None:
    old, young = kept(NOW - timedelta(days=3)), kept(NOW)
    keep_bodies(connection, [old, young])
    two_days_ago = NOW - timedelta(days=2)

    assert move_bodies(connection, store, kept_before=two_days_ago, dry_run=True)[0] == 1
    assert move_bodies(connection, store, kept_before=two_days_ago, dry_run=False)[0] == 1
    assert move_bodies(connection, store, kept_before=two_days_ago, dry_run=False) == (0, 0)

    in_database = connection.execute("select exchange_id from sync.exchange_body where body is not null").fetchall()
    assert in_database == [(young.exchange_id,)]
    assert read_body(connection, old.exchange_id, store=store) == BODY
    content = store.get(f"2026-11-17/{old.exchange_id}")
    assert content is not None
    assert b"nimal" not in content
    with pytest.raises(DeclarationError, match="SYNC_PLATFORM_BODY_STORE_URL"):
        read_body(connection, old.exchange_id)


def test_a_stored_body_that_is_lost_or_changed_is_never_shown(connection: Connection, store: BodyStore) -> None:
    body = kept(NOW)
    name = f"2026-11-20/{body.exchange_id}"
    keep_bodies(connection, [body])
    move_bodies(connection, store, kept_before=NOW + timedelta(days=1), dry_run=False)

    store.put(name, b"something else")
    with pytest.raises(AuditBroken, match="is not as it was stored"):
        read_body(connection, body.exchange_id, store=store)
    store.delete(name)
    with pytest.raises(AuditBroken, match="Put the file back"):
        read_body(connection, body.exchange_id, store=store)


def test_a_stop_between_store_and_database_moves_the_body_again(connection: Connection, store: BodyStore) -> None:
    body = kept(NOW)
    keep_bodies(connection, [body])
    store.put(f"2026-11-20/{body.exchange_id}", b"half of i")

    assert move_bodies(connection, store, kept_before=NOW + timedelta(days=1), dry_run=False)[0] == 1

    assert read_body(connection, body.exchange_id, store=store) == BODY


def test_stored_bodies_go_with_their_age_or_their_request_and_never_while_a_change_waits(
    connection: Connection, store: BodyStore
) -> None:
    planted = Planted(connection)
    old, young, orphan, awaited = uuid4(), uuid4(), uuid4(), uuid4()
    for exchange_id, days in ((old, 31), (young, 29), (awaited, 31)):
        planted.exchange(days, exchange_id=exchange_id, status=500, error_kind="unreachable")
    planted.change(31, exchange_id=awaited, applied_load_id=None)
    bodies = [kept(ago(days), exchange_id=one) for one, days in ((old, 31), (young, 29), (orphan, 3), (awaited, 31))]
    keep_bodies(connection, bodies)
    move_bodies(connection, store, kept_before=NOW, dry_run=False)

    assert planted.prune()["sync.exchange_body"].gone == 0, "the rows go with their files"
    assert drop_bodies(connection, store, KEPT_SINCE, dry_run=True) == 2
    assert drop_bodies(connection, store, KEPT_SINCE, dry_run=False) == 2

    there = {one.exchange_id for one in bodies if store.get(f"{one.received_at:%Y-%m-%d}/{one.exchange_id}")}
    assert there == {young, awaited}
    assert planted.left("exchange_body", "exchange_id") == sorted([young, awaited])


def test_a_store_that_cannot_be_written_leaves_every_body_where_it_is(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "bodies").write_text("no folder", encoding="utf-8")
    body = kept(NOW)
    keep_bodies(connection, [body])

    with pytest.raises(LandingUnavailable, match="store of kept bodies cannot be written"):
        move_bodies(connection, BodyStore(str(tmp_path / "bodies")), kept_before=NOW + timedelta(1), dry_run=False)

    assert read_body(connection, body.exchange_id) == BODY


def test_a_store_of_no_known_kind_is_a_wrong_setting() -> None:
    with pytest.raises(DeclarationError, match="cannot be opened"):
        BodyStore("nowhere://bodies").get("x")
