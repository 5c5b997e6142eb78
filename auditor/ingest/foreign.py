"""Run a system program over a hostile file: own session, no network, limits, always ended.

With bubblewrap the program sees its own working folder, the system's programs and fonts, and no
other file of the machine; without it, it runs off the network where that can be had
(:mod:`auditor.ingest.netless`). A shell sets the limits and becomes the program: nothing of ours
runs in the forked child, for the caller may have threads.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from auditor.ingest.netless import netless_command, runs

VISIBLE = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/etc/alternatives"),
    *("/etc/fonts", "/etc/libreoffice", "/etc/ld.so.cache", "/var/cache/fontconfig"),
    *("/var/lib/libreoffice", "/nix", "/gnu"),
)
ENVIRONMENT_KEPT = ("PATH", "LD_LIBRARY_PATH", "SAL_USE_VCLPLUGIN")


LIMITED = 'ulimit -v "$1"; ulimit -t "$2"; ulimit -f "$3"; ulimit -c 0; shift 3; exec "$@"'


@dataclass(frozen=True, slots=True)
class Limits:
    """What a foreign program may use: address space, processor seconds, bytes of one file."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int

    def around(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Give ``argv`` so that it runs within these limits (in the shell's own units)."""
        kibibytes, blocks = self.memory_bytes // 1024, self.file_bytes // 512
        return ("sh", "-c", LIMITED, "sh", str(kibibytes), str(self.cpu_s), str(blocks), *argv)


def is_confined() -> bool:
    """Tell whether programs see no other files here than their own and the system's."""
    return bool(_bubblewrap())


def _is_visible(program: str) -> bool:
    """Tell whether a program lies where a confined one would find it."""
    place = shutil.which(program)
    return place is None or any(Path(place).is_relative_to(folder) for folder in VISIBLE)


def _confined(argv: Sequence[str], work: Path, limits: Limits, users: int) -> tuple[str, ...]:
    bwrap = _bubblewrap()
    if not bwrap or not _is_visible(argv[0]):
        return netless_command(limits.around(argv))
    own = ("--file", str(users), "/etc/passwd", "--bind", str(work), str(work))
    return (*bwrap, *own, "--chdir", str(work), "--", *limits.around(argv))


@contextlib.contextmanager
def _users() -> Iterator[int]:
    """Give a descriptor of a list of users: some programs will not run for one without a name."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "w", encoding="ascii") as pipe:
            pipe.write(f"reader:x:{os.getuid()}:{os.getgid()}::/:/bin/false\n")
        yield reading
    finally:
        os.close(reading)


@cache
def _bubblewrap() -> tuple[str, ...]:
    program = shutil.which("bwrap")
    if program is None:
        return ()
    words = [program, "--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev"]
    words += ["--tmpfs", "/tmp"]
    for path in VISIBLE:
        words += ["--ro-bind-try", path, path]
    return tuple(words) if runs((*words, "--", "true")) else ()


_LIVE: dict[subprocess.Popen[bytes], int] = {}
"""Programs at work, and the thread that waits for each."""


@contextlib.contextmanager
def started(
    argv: Sequence[str],
    work: Path,
    limits: Limits,
    *,
    stderr: IO[bytes] | None = None,
    timeout_s: float | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program confined to the folder ``work`` (absolute); its standard output is a pipe.

    On leaving, or after ``timeout_s`` seconds, the program and all that it started are ended.

    Raises:
        OSError: the program cannot be started.
    """
    environment = {key: os.environ[key] for key in ENVIRONMENT_KEPT if key in os.environ}
    # names of files come out as UTF-8, and nothing is looked for in the user's own home
    environment |= {"LC_ALL": "C.UTF-8", "HOME": str(work), "TMPDIR": str(work), "TZ": "UTC"}
    with _users() as users:
        process = subprocess.Popen(
            _confined(argv, work, limits, users),
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr if stderr is not None else subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(users,),
        )
    _LIVE[process] = threading.get_ident()
    timer = threading.Timer(timeout_s, _kill, (process,)) if timeout_s else None
    if timer is not None:
        timer.start()
    try:
        yield process
    finally:
        if timer is not None:
            timer.cancel()
        _LIVE.pop(process, None)
        end(process)


def end_those_of(threads: Container[int]) -> None:
    """End the programs that these threads (by their identifiers) wait for."""
    for process, thread in tuple(_LIVE.items()):
        if thread in threads:
            _kill(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a started program with its whole process group and collect it."""
    _kill(process)
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
