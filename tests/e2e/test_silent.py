"""Unless it was configured the auditor talks to nobody and listens to nobody.

It works in a network of its own that leads nowhere, where the system counts every attempt to send
(``OutNoRoutes``), also those of libraries that are no Python; sockets that Python binds are noted
by a hook. The control shows that both would be noticed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.ingest.netless import netless_prefix

pytestmark = [pytest.mark.model, pytest.mark.slow]
PAPER = "06-城市运行管理中心情况报告.txt"
HOOK = """
import os, sys
def note(event, args):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo"):
        family = getattr(args[0], "family", None)
        if event == "socket.getaddrinfo" or family is not None and family.name != "AF_UNIX":
            with open(os.environ["NOTED"], "a") as file:
                file.write(f"{event} {args[1:]}\\n")
sys.addaudithook(note)
"""
COUNT = "awk '/^Ip:/ && seen++ {print \"attempts\", $13}' /proc/net/snmp"
PROBE = "socket.bind (('::1', 0),)\n"
"""How urllib3 asks, at its import, whether the system has IPv6; nothing listens there."""
CONFIGURED = (
    "CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY",  # silence what is tested here
    "AUDITOR_JUDGE", "AUDITOR_BASE_URL", "AUDITOR_CHROMA", "AUDITOR_DATABASE", "AUDITOR_TRACES",
    "AUDITOR_METRICS_PORT", "AUDITOR_METRICS_FILE", "AUDITOR_LOG_FORMAT", "AUDITOR_EMBEDDER",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """What a command did: its code and words, the attempts to send, the sockets of Python."""

    code: int
    said: str
    attempts: int
    sockets: str


def listen_to(folder: Path, *words: str | Path) -> Heard:
    """Run a command in a network that leads nowhere."""
    hook, noted = folder / "hook", folder / "noted.txt"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    noted.write_text("", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name not in CONFIGURED}
    done = subprocess.run(
        [*netless_prefix(), "sh", "-c", f'"$@"; code=$?; {COUNT}; exit $code', "sh", *words],
        env={**kept, "PYTHONPATH": str(hook), "NOTED": str(noted), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    said, _, attempts = done.stdout.rpartition("attempts ")
    sockets = noted.read_text("utf-8").replace(PROBE, "")
    return Heard(done.returncode, said + done.stderr, int(attempts), sockets)


@pytest.fixture(autouse=True)
def nowhere() -> None:
    """Skip where nobody may leave the network."""
    if not netless_prefix():
        pytest.skip("this system lets nobody leave the network (unshare, bwrap)")


def test_an_attempt_would_be_noticed(tmp_path: Path) -> None:
    reach = "import socket; socket.socket().connect(('203.0.113.7', 80))"
    heard = listen_to(tmp_path, sys.executable, "-c", reach)
    assert heard.attempts == 1 and "socket.connect (('203.0.113.7', 80)" in heard.sockets
    bind = "import socket; socket.socket().bind(('127.0.0.1', 0))"
    heard = listen_to(tmp_path, sys.executable, "-c", bind)
    assert heard.attempts == 0 and "socket.bind" in heard.sockets


def test_an_audit_and_the_commands_after_it_are_silent(root: Path, tmp_path: Path) -> None:
    dossier, out = tmp_path / "dossier", tmp_path / "out"
    dossier.mkdir()
    (dossier / PAPER).write_bytes((root / "examples" / "dossier" / PAPER).read_bytes())
    auditor = (sys.executable, "-m", "auditor.cli.main")
    run = ("run", dossier, "--city", "临澜市", "-o", out, "--judge", "screen", "--only", "8.2.1")
    commands = (run, ("score", out), ("workspace", "add", tmp_path / "ws", out), ("doctor",))
    for words in commands:
        heard = listen_to(tmp_path, *auditor, *words)
        assert heard.code == 0, heard.said
        assert (heard.attempts, heard.sockets) == (0, ""), words


def test_traces_that_were_asked_for_are_sent(root: Path, tmp_path: Path) -> None:
    """The other way round: what is configured does try to leave, so the silence means something."""
    dossier = tmp_path / "dossier"
    dossier.mkdir()
    (dossier / PAPER).write_bytes((root / "examples" / "dossier" / PAPER).read_bytes())
    words = ("run", dossier, "--city", "临澜市", "-o", tmp_path / "out", "--only", "8.2.1")
    auditor = (sys.executable, "-m", "auditor.cli.main", "--traces", "otlp")
    heard = listen_to(tmp_path, *auditor, *words, "--judge", "screen")
    assert heard.code == 0 and heard.attempts > 0
