"""Retention is declared with units, is never so short that something still needed goes, and says where it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.declarations.retention import RetentionDeclaration, read_retention
from sync_platform.errors import DeclarationError

HEAD = "type: sync_platform.components.Retention\nattributes:\n  owner: Data engineering\n"


def read(folder: Path, lines: str) -> RetentionDeclaration:
    (folder / "retention").mkdir(exist_ok=True)
    (folder / "retention" / "defs.yaml").write_text(HEAD + lines)
    return read_retention(folder)


def test_what_is_shipped_is_the_default() -> None:
    shipped = read_retention()
    default = RetentionDeclaration(owner=shipped.owner, zone=shipped.zone)
    assert shipped == default
    assert shipped.kept_since(datetime(2026, 11, 20, tzinfo=UTC))["changes"] == datetime(2026, 8, 22, tzinfo=UTC)


def test_every_length_is_told_apart_from_what_is_no_length(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    kept = read(tmp_path, "  uneventful_exchanges: 36h\n  at: '23:05'\n").kept_since(now)
    assert kept["uneventful_exchanges"] == now - timedelta(hours=36)
    assert set(kept) == set(RetentionDeclaration.model_fields) - {"owner", "zone", "at"}


def test_days_are_kept_for_as_long_as_days_are_compared_with_them(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="compared with those of the last 56d"):
        read(tmp_path, "  profiles: 30d\n")


def test_deliveries_are_kept_for_longer_than_partners_send_them_again(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="keep them for 7d or longer"):
        read(tmp_path, "  webhook_deliveries: 3d\n")


def test_the_time_of_day_is_a_daily_schedule(tmp_path: Path) -> None:
    assert read(tmp_path, "  at: '23:05'\n").cron == "5 23 * * *"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  exchanges: 90\n", "90 is not a duration"),
        ("  changes: 0d\n", "nothing is kept for less than 1d"),
        ("  runs: 30m\n", "nothing is kept for less than 1d"),
        ("  zone: Mars/Base\n", "no IANA time zone"),
        ("  at: 24:00\n", "at"),
        ("  orders: 30d\n", "orders"),
        ("  exchanges: 1d\n", "make exchanges longer"),
        ("  changes: 300d\n", "make loads longer"),
        ("  events: 60d\n", "make runs longer"),
    ],
)
def test_a_wrong_retention_is_refused_with_its_place(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=words) as refused:
        read(tmp_path, line)
    assert "defs.yaml:" in str(refused.value)


def test_without_a_declaration_nothing_is_pruned(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="no retention is declared"):
        read_retention(tmp_path)
