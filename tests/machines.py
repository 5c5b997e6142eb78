"""Two machines on a wire, for tests of a cluster, made of this one; needs root and iproute2.

Each has its own network, host name, home, memory for sharing and ``/tmp``, in which only the
folders that are named to be shared are seen, at their own paths.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TMP = Path("/tmp")
ADDRESSES = ("10.213.77.1", "10.213.77.2")
NOBODY = "10.213.77.254"
"""A way out that leads nowhere: programs look for their own address by it."""
ENTER = """
hostname "$0"; tmp=$1; export HOME="$2"; shift 2
while [ "$1" != -- ]; do mount --bind "$1" "$tmp${1#/tmp}"; shift; done; shift
mount --rbind "$tmp" /tmp
mount -t tmpfs tmpfs /dev/shm
exec "$@"
"""
PATIENCE_S = 60.0


def reason_not_here() -> str:
    """Why no machines can be made here, empty where they can."""
    if os.geteuid() != 0 or any(shutil.which(name) is None for name in ("ip", "unshare")):
        return "two machines are made by root, with iproute2 (sh scripts/install-system.sh --tests)"
    with contextlib.suppress(subprocess.CalledProcessError):
        _run("unshare", "--net", "--mount", "--uts", "true")
        return ""
    return "this system lets nobody make a network of its own"


@dataclass(frozen=True, slots=True)
class Machine:
    """``name`` of the host and its network, ``folder`` of its own things, folders it shares."""

    name: str
    address: str
    folder: Path
    shared: tuple[Path, ...]

    def prepare(self) -> None:
        """Make its folders, with places for those that are shared."""
        (self.folder / "home").mkdir(parents=True)
        tmp = self.folder / "tmp"
        tmp.mkdir()
        tmp.chmod(0o1777)
        for folder in self.shared:
            (tmp / folder.relative_to(TMP)).mkdir(parents=True, exist_ok=True)

    def start(self, words: Sequence[str | Path], **more: Any) -> subprocess.Popen[Any]:
        """Start a program there; ``more`` is for Popen, ``env`` complete."""
        enter = ("ip", "netns", "exec", self.name, "unshare", "--mount", "--uts", "sh", "-ec")
        own = (self.folder / "tmp", self.folder / "home")
        inside = [ENTER, self.name, *own, *self.shared, "--", *words]
        return subprocess.Popen([*enter, *inside], **more)

    def run(self, words: Sequence[str | Path], env: Mapping[str, str], timeout_s: float) -> str:
        """Run a program there to its end; gives what it said, raises where it failed."""
        file = self.folder / "said"
        with file.open("wb") as said:
            done = self.start(words, env=env, stdout=said, stderr=said)
            code = done.wait(timeout_s)
        text = file.read_text(encoding="utf-8", errors="replace")
        assert code == 0, text
        return text

    def pids(self) -> list[int]:
        """All its processes."""
        return [int(word) for word in _run("ip", "netns", "pids", self.name).split()]

    def commands(self) -> list[str]:
        """What its processes call themselves."""
        found = []
        for pid in self.pids():
            with contextlib.suppress(OSError):
                found.append(Path(f"/proc/{pid}/cmdline").read_text(errors="replace"))
        return found

    def cut_power(self) -> None:
        """End all its processes with SIGKILL; what it has shared memory in is gone with them."""
        deadline = time.monotonic() + PATIENCE_S
        while (pids := self.pids()) and time.monotonic() < deadline:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        shutil.rmtree(self.folder / "tmp/ray", ignore_errors=True)


@contextlib.contextmanager
def two_machines(folder: Path, shared: Sequence[Path]) -> Iterator[tuple[Machine, Machine]]:
    """Make them, their own things in ``folder``; at the end nothing of them is left."""
    hidden = tuple(path for path in shared if path.is_relative_to(TMP))
    first, second = (
        Machine(f"auditor-{os.getpid()}-{letter}", address, folder / letter, hidden)
        for letter, address in zip("ab", ADDRESSES, strict=True)
    )
    with contextlib.ExitStack() as made:
        for machine in (first, second):
            machine.prepare()
            _run("ip", "netns", "add", machine.name)
            made.callback(_run, "ip", "netns", "delete", machine.name)
            made.callback(machine.cut_power)
        _wire(first, second)
        yield first, second


def _wire(first: Machine, second: Machine) -> None:
    ends = ("ta", "tb")
    kind = ("type", "veth", "peer", "name", ends[1], "netns", second.name)
    _run("ip", "link", "add", ends[0], "netns", first.name, *kind)
    for machine, end in zip((first, second), ends, strict=True):
        there = ("ip", "-n", machine.name)
        _run(*there, "address", "add", f"{machine.address}/24", "dev", end)
        _run(*there, "link", "set", "lo", "up")
        _run(*there, "link", "set", end, "up")
        _run(*there, "route", "add", "default", "via", NOBODY)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
