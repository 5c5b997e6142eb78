"""A real PostgreSQL of the tests' own: made in a temporary folder, ended by the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "postgres"
TIMEOUT_S = 300


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version that is here; None without one."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("pg_ctl") is not None:
        return Path(found).resolve().parent
    versions = (p for p in DEBIAN.glob("*/bin") if (p / "initdb").exists())
    return max(versions, key=lambda p: int(p.parent.name), default=None)


def reason_not_here() -> str:
    """Why PostgreSQL cannot be started here, empty where it can."""
    if programs() is None:
        return "PostgreSQL is not here (sh scripts/install-system.sh --tests); CI installs it"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(OWNER)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no user {OWNER} here"
    return ""


class Server:
    """A server that listens on a socket in a folder of its own only."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None, reason_not_here()
        self._programs = found
        self._folder = folder
        self._data = folder / "data"
        self.url = f"postgresql://{OWNER}@/postgres?host={folder}"
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        made = ("-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
        _run(found / "initdb", *made)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        told = {
            "listen_addresses": "", "unix_socket_directories": self._folder,
            "max_connections": 300, "fsync": "off",  # processes die in these tests, not the machine
        }  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in told.items())
        self._control("-l", self._folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """End it at once."""
        self._control("-m", "immediate", "stop")

    def strike(self) -> None:
        """Kill the server's processes, all of them, with SIGKILL; it is gone when this returns."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # so that it has no more children than these
        struck = [*_children_of(first), first]
        for pid in struck:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + TIMEOUT_S
        while any(map(_is_there, struck)) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _control(self, *arguments: str | Path) -> None:
        always = ("-D", self._data, "-w", "-t", str(TIMEOUT_S))
        _run(self._programs / "pg_ctl", *always, *arguments)


@contextlib.contextmanager
def postgres_started() -> Iterator[Server]:
    """Start a server in a temporary folder; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="auditor-pg-", dir="/tmp"))
    try:
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def _is_there(pid: int) -> bool:
    """Whether a process is there, be it only waited for: a server takes that one for alive too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _run(program: Path, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL as its user; never as root, which it refuses."""
    as_owner = {"user": OWNER, "group": OWNER} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [str(program), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/tmp",
        timeout=TIMEOUT_S + 30,
        check=False,
        **as_owner,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
