"""A child's log never takes more than twice its bound, and its newest lines are always there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sync_platform.operations.child_log import ChildLog


def test_a_full_log_becomes_the_previous_one_of_which_there_is_one(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "daemon.log", most_bytes=20)
    for number in range(5):
        log.write(f"line {number}..\n")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["daemon.log", "daemon.previous.log"]
    assert (tmp_path / "daemon.log").read_text() == "line 4..\n"
    assert (tmp_path / "daemon.previous.log").read_text() == "line 2..\nline 3..\n"


def test_a_new_start_keeps_the_log_of_the_one_before(tmp_path: Path) -> None:
    ChildLog(tmp_path / "daemon.log").write("why it ended\n")
    ChildLog(tmp_path / "daemon.log").write("again\n")

    assert (tmp_path / "daemon.previous.log").read_text() == "why it ended\n"
    assert (tmp_path / "daemon.log").read_text() == "again\n"


def test_a_line_longer_than_the_bound_is_logged_whole(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "daemon.log", most_bytes=5)
    log.write("longer than that\n")

    assert (tmp_path / "daemon.log").read_text() == "longer than that\n"


def test_threads_that_fill_the_log_at_once_do_not_take_it_from_each_other(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "daemon.log", most_bytes=20)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: log.write(f"{number:09}\n"), range(2000)))

    files = ("daemon.log", "daemon.previous.log")
    assert [len((tmp_path / file).read_text()) for file in files] == [20, 20]
