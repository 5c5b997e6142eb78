"""A real PostgreSQL of the tests' own: made in a temporary folder, ended by the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "postgres"
TIMEOUT_S = 60


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


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server that listens on a socket in a temporary folder only; gives its URL.

    The URL names the database ``postgres``. The server and its folder are gone at the end.
    """
    found = programs()
    assert found is not None, reason_not_here()
    folder = Path(tempfile.mkdtemp(prefix="auditor-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run(found / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=300"
        control = (found / "pg_ctl", "-D", data, "-w", "-t", str(TIMEOUT_S))
        _run(*control, "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql://{OWNER}@/postgres?host={folder}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
