"""The embedded PostgreSQL: started once, found again, ended with its owner, and no mode changed that is not ours."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from sync_platform.errors import LandingConflict
from sync_platform.landing import embedded, embedded_place
from sync_platform.landing.embedded import has_embedded, start_embedded
from sync_platform_tests.operations.place import copy_cluster, remove_place

ROOT = Path(__file__).parents[2]
# Starts a server in a process of its own, says where it is, and waits to be ended.
OWNER = """
import sys, time
from pathlib import Path
from sync_platform.landing.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]), own=True)
print(server.pid, server.url, flush=True)
time.sleep(600)
"""


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def ended(pid: int, within_seconds: float = 15) -> bool:
    """Whether the process ends within that time."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.05)
    return False


def test_a_server_holds_both_databases_and_ends_when_it_is_stopped(empty_folder: Path) -> None:
    server = start_embedded(empty_folder, own=True)

    assert answers(server.url)
    assert answers(server.dagster_url)
    assert "/sync_platform?host=" in server.url
    assert "/dagster?host=" in server.dagster_url

    server.stop()
    server.stop()
    assert not answers(server.url)
    assert ended(server.pid)


def test_a_second_start_of_the_same_folder_finds_the_running_server_and_leaves_it_running(folder: Path) -> None:
    first = start_embedded(folder, own=True)
    second = start_embedded(folder, own=False)

    assert (second.pid, second.owned, first.owned) == (first.pid, False, True)
    second.stop()
    assert answers(first.url)
    first.stop()


def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    first = start_embedded(folder, own=True)
    with psycopg.connect(first.url) as connection:
        connection.execute("create table kept as select 'tea' as word")
    first.stop()

    second = start_embedded(folder, own=True)
    with psycopg.connect(second.url) as connection:
        assert connection.execute("select word from kept").fetchone() == ("tea",)
    second.stop()


def test_who_must_own_the_server_waits_for_its_owner_and_says_who_that_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start_embedded(folder, own=True)
    monkeypatch.setattr(embedded, "_START_SECONDS", 0.2)

    with pytest.raises(LandingConflict, match=f"belongs to process {os.getpid()}"):
        start_embedded(folder, own=True)
    first.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_server_whose_owner_was_killed_ends_with_it(folder: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert owner.stdout is not None
    pid, url = owner.stdout.readline().split()
    assert answers(url)

    owner.kill()
    owner.wait()

    assert ended(int(pid))
    again = start_embedded(folder, own=True)
    assert again.owned
    again.stop()


def test_a_server_that_outlived_its_owner_is_taken_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_end_with_parent", lambda: None)
    place = embedded_place.find_place(folder)
    embedded._initialise(place)
    orphan = embedded._spawn(place)
    assert embedded._wait_until_ready(place, orphan, time.monotonic() + 30)

    adopted = start_embedded(folder, own=True)

    assert (adopted.pid, adopted.owned) == (orphan.pid, True)
    adopted.stop()
    assert orphan.wait(10) == 0


def test_a_stale_pid_file_that_names_another_process_is_no_obstacle(folder: Path) -> None:
    first = start_embedded(folder, own=True)
    data = embedded_place.find_place(folder).data
    lines = (data / "postmaster.pid").read_text().splitlines()
    first.stop()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    second = start_embedded(folder, own=True)

    assert answers(second.url)
    second.stop()


def test_an_interrupted_first_start_leaves_nothing_that_looks_whole(empty_folder: Path) -> None:
    place = embedded_place.find_place(empty_folder)
    half = place.data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    server = start_embedded(empty_folder, own=True)

    assert answers(server.url)
    server.stop()


def test_a_folder_whose_path_is_too_long_for_a_socket_works(tmp_path: Path, cluster: Path) -> None:
    folder = tmp_path / ("x" * 120) / "postgres"
    copy_cluster(cluster, folder)
    server = start_embedded(folder, own=True)

    assert answers(server.url)
    server.stop()
    remove_place(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root is there another user to make way for")
def test_as_root_a_closed_home_stays_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder = home / "project" / "postgres"
    # Not further up: pytest itself changes the modes of its folders while other tests run.
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, tmp_path)}

    server = start_embedded(folder, own=True)

    assert answers(server.url)
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in before} == before
    server.stop()
    remove_place(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root is there another user to make way for")
def test_as_root_data_are_found_again_where_they_had_to_be_put(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    first = embedded_place.find_place(home / "postgres")

    assert embedded_place.find_place(home / "postgres") == first
    assert first.data.parent.stat().st_uid == (first.user.uid if first.user else 0)
    remove_place(home / "postgres")


def test_has_embedded_is_true_only_after_a_first_start(folder: Path) -> None:
    assert not has_embedded(folder)
    start_embedded(folder, own=True).stop()
    assert has_embedded(folder)


def test_the_server_does_not_inherit_our_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_CONSUMER_SECRET", "do-not-pass-on")
    server = start_embedded(folder, own=True)

    assert "do-not-pass-on" not in Path(f"/proc/{server.pid}/environ").read_text()
    server.stop()
