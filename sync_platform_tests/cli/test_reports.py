"""`reports` writes the pages, says where they are, exports the views, and opens nothing that nobody can see."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command

PAGES = ("freshness.html", "quality.html", "kpis.html")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was opened in a browser."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


def test_the_pages_are_written_and_listed_with_what_they_say(
    command: Command, database: Database, tmp_path: Path, opened: list[str]
) -> None:
    said = command("reports", "--json")
    reports = {one["report"]: one for one in said.object["reports"]}

    assert (said.code, said.object["ok"], said.object["exported"]) == (0, True, [])
    assert said.object["at"].endswith("+05:30")
    assert {name: Path(one["path"]) for name, one in reports.items()} == {
        name.removesuffix(".html"): tmp_path / "state" / "reports" / name for name in PAGES
    }
    assert all(Path(one["path"]).is_file() for one in reports.values())
    assert reports["quality"]["headline"] == "No day was checked yet."
    assert reports["kpis"]["url"].startswith("file:///")
    assert opened == []


def test_people_are_told_each_headline_and_where_its_page_is(
    command: Command, database: Database, opened: list[str]
) -> None:
    said = command("reports")

    assert "quality: No day was checked yet." in said.out
    assert "/reports/quality.html" in said.out
    assert opened == [], "nobody sees a browser that a pipe opens"


def test_open_opens_every_page(command: Command, database: Database, opened: list[str]) -> None:
    command("reports", "--open")

    assert [address.rsplit("/", 1)[1] for address in opened] == list(PAGES)


def test_another_zone_and_another_folder(command: Command, database: Database, tmp_path: Path) -> None:
    said = command("reports", "--zone", "America/New_York", "--to", str(tmp_path / "york"), "--json")

    assert said.code == 0
    assert "times are in America/New_York" in (tmp_path / "york" / "kpis.html").read_text()
    assert not (tmp_path / "state" / "reports").exists()


def test_every_view_is_exported_in_both_forms(command: Command, database: Database, tmp_path: Path) -> None:
    said = command("reports", "--csv", str(tmp_path / "csv"), "--parquet", str(tmp_path / "parquet"), "--json")

    exported = said.object["exported"]
    assert {one["view"] for one in exported} >= {"report.kpi", "report.quality", "report.freshness"}
    assert all(Path(one["file"]).is_file() for one in exported)
    assert {Path(one["file"]).suffix for one in exported} == {".csv", ".parquet"}
    assert len(list((tmp_path / "csv").iterdir())) == len(list((tmp_path / "parquet").iterdir()))


def test_a_zone_that_does_not_exist_is_said_to_be(command: Command, database: Database) -> None:
    said = command("reports", "--zone", "Colombo")

    assert said.code == 2
    assert said.line == "sync-platform: there is no time zone 'Colombo'. Write one like Asia/Colombo or UTC."


def test_a_database_that_was_not_migrated_says_what_to_do(command: Command, empty_database: Database) -> None:
    said = command("reports")

    assert said.code == 1
    assert said.line.endswith("Run `sync-platform migrate`.")


def test_a_taken_port_is_named_with_its_remedy(command: Command, database: Database) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        said = command("reports", "serve", "--port", str(port))

    assert said.code == 1
    assert f"port {port} for the reports is taken by another process. Choose another" in said.line


def test_the_help_has_examples(command: Command) -> None:
    told = [" ".join(command("reports", *which, "--help").out.split()) for which in ((), ("serve",))]

    assert "sync-platform reports --zone Europe/Oslo" in told[0]
    assert "sync-platform reports serve --port 8080" in told[1]
