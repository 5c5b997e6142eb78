"""Cut a child process off the network: what reads hostile files has no one to talk to.

Best effort on Linux (a new network namespace, whose loopback is down), nothing elsewhere: both
functions say whether it worked, and the callers do not depend on it for correctness.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PROBE_TIMEOUT_S = 10.0


def _load_libc() -> ctypes.CDLL | None:
    # loaded when the module is, so that a forked child only has to call it
    if sys.platform != "linux":
        return None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.unshare.argtypes = (ctypes.c_int,)
        libc.unshare.restype = ctypes.c_int
    except (OSError, AttributeError):
        return None
    return libc


_LIBC = _load_libc()


def enter_netless() -> bool:
    """Leave the network for good: call it first in a child process of one thread; never raises.

    Root gets a network namespace of its own; anyone else one inside a user namespace in which the
    process keeps its user and group ids. Gives whether the process is off the network.
    """
    libc = _LIBC
    if libc is None:
        return False
    try:
        if libc.unshare(CLONE_NEWNET) == 0:
            return True
        uid, gid = os.geteuid(), os.getegid()
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            return False
        _keep_ids(uid, gid)
    except Exception:  # best effort: whatever forbids it, the caller hears that it did not work
        return False
    return True


def _keep_ids(uid: int, gid: int) -> None:
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    except OSError:
        return  # off the network all the same; files are still opened as the user


@cache
def netless_prefix() -> tuple[str, ...]:
    """Give the words that start a command without network here, empty where none works.

    Tried once per process, in this order: ``unshare -n`` (root), ``unshare -rn`` and bubblewrap.
    """
    tries = (
        ("unshare", "-n", "--"),
        ("unshare", "-rn", "--"),
        ("bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"),
    )
    for words in tries:
        program = shutil.which(words[0])
        if program and runs((program, *words[1:], "true")):
            return (program, *words[1:])
    return ()


def netless_command(argv: Sequence[str]) -> tuple[str, ...]:
    """Give ``argv`` so that it runs without network; unchanged where this machine cannot do it."""
    return (*netless_prefix(), *argv)


def runs(argv: Sequence[str]) -> bool:
    """Tell whether a command ends well within ten seconds; its output is dropped."""
    try:
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
