"""Children that read hostile files: no network, no foreign files, bounded, always ended."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.ingest import foreign, netless
from auditor.ingest.foreign import Limits, is_confined, started

LIMITS = Limits(memory_bytes=1024**3, cpu_s=20, file_bytes=4096)
CALL = "import socket,sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"
ENTER = "from auditor.ingest.netless import enter_netless; print(enter_netless(), flush=True); "


@pytest.fixture
def port() -> Iterator[int]:
    """A server on this machine that anyone with a network can reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_accept, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


def python(code: str, port: int) -> list[str]:
    return [sys.executable, "-c", code, str(port)]


def test_the_server_is_reached_with_a_network(port: int) -> None:
    assert subprocess.run(python(CALL, port), check=False).returncode == 0


def test_a_child_that_left_the_network_reaches_no_server(port: int) -> None:
    done = subprocess.run(python(ENTER + CALL, port), capture_output=True, text=True, check=False)
    if done.stdout.strip() != "True":
        pytest.skip("this machine allows no network namespace")
    assert done.returncode != 0
    assert "unreachable" in done.stderr


def test_a_child_that_left_the_network_keeps_its_user_and_its_files(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    code = f"import os; open({str(path)!r}, 'w').write('x'); print(os.getuid(), os.getgid())"
    done = subprocess.run(python(ENTER + code, 0), capture_output=True, text=True, check=True)
    assert done.stdout.split()[1:] == [str(os.getuid()), str(os.getgid())]
    assert path.read_text() == "x"


def test_a_command_without_network_reaches_no_server(port: int) -> None:
    argv = netless.netless_command(python(CALL, port))
    if argv == tuple(python(CALL, port)):
        pytest.skip("this machine allows no network namespace")
    assert subprocess.run(argv, capture_output=True, check=False).returncode != 0
    assert subprocess.run(netless.netless_command(["true"]), check=False).returncode == 0


def test_where_nothing_works_the_command_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    netless.netless_prefix.cache_clear()
    monkeypatch.setattr(netless, "runs", lambda argv: False)
    assert netless.netless_command(["a", "b"]) == ("a", "b")
    netless.netless_prefix.cache_clear()
    monkeypatch.setattr(netless, "_LIBC", None)
    assert netless.enter_netless() is False


def said(argv: list[str], work: Path) -> str:
    with started(argv, work, LIMITS) as process:
        assert process.stdout is not None
        return process.stdout.read().decode()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not here")
def test_a_confined_program_sees_its_own_folder_only(tmp_path: Path) -> None:
    if not is_confined():
        pytest.skip("bubblewrap may not run here")
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (work / "own.txt").write_text("own")
    reading = ["sh", "-c", f"cat own.txt {tmp_path}/secret.txt; cat /etc/passwd"]
    text = said(reading, work)
    assert text.startswith("own")
    assert "secret" not in text
    assert "root" not in text


def test_a_program_cannot_write_more_than_its_limit(tmp_path: Path) -> None:
    said(["sh", "-c", "head -c 100000 /dev/zero > x"], tmp_path)
    assert (tmp_path / "x").stat().st_size <= LIMITS.file_bytes


def test_a_program_and_its_children_end_with_the_call(tmp_path: Path) -> None:
    with started(["sh", "-c", "(sleep 2; echo > late) & sleep 60"], tmp_path, LIMITS) as process:
        time.sleep(0.3)
        assert process.poll() is None
    assert process.returncode is not None
    time.sleep(2.2)
    assert not (tmp_path / "late").exists()


def test_limits_hold_without_confinement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_bubblewrap", tuple)
    text = said(["sh", "-c", "ulimit -v; ulimit -t; head -c 100000 /dev/zero > x"], tmp_path)
    assert text.split() == [str(1024**2), "20"]
    assert (tmp_path / "x").stat().st_size <= LIMITS.file_bytes


def test_a_program_that_confinement_would_hide_still_runs(tmp_path: Path) -> None:
    program = tmp_path / "own-tool"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    assert said([str(program)], work) == "ran\n"


def test_a_program_that_says_nothing_is_ended_in_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    with started(["sleep", "60"], tmp_path, LIMITS, timeout_s=0.3) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b""
    assert time.monotonic() - begun < 20
