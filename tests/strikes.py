"""Strikes with kill -9 at random moments of a pass whose processes are not the test's own.

Moments are points of the work that is done, so that they lie all over it on any machine.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.postgres import Server

PATIENCE_S = 3600.0
LOOK_S = 0.02
LONGEST_DELAY_S = 0.2
LAST_MOMENT = 0.95
"""The share of the work by which the last strike has come, so that something is left to be hit."""
Start = Callable[[], "subprocess.Popen[Any]"]


def strike(pid: int) -> bool:
    """Kill a process; tells whether it was there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def workers_of(parent: int) -> list[int]:
    """The worker processes that a pass has now, those that are still loading among them."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    try:
        children = [int(word) for word in listed.read_text().split()]
        return [pid for pid in children if b"spawn_main" in _command(pid)]
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_alive(pid: int) -> bool:
    """Whether a process is there and not only waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


class Striker:
    """Strikes a pass and starts again what the pass itself does not.

    ``hit`` counts the victims; ``at_work`` the workers that were ended, by a strike or with their
    parent: each of them may have had judgements in its hands.
    """

    def __init__(self, start: Start, chance: random.Random, server: Server | None = None) -> None:
        self._start = start
        self._chance = chance
        self._server = server
        self._process = start()
        self._deadline = time.monotonic() + PATIENCE_S
        self.hit: Counter[str] = Counter()
        self.at_work = 0

    def strike_over(self, work: int, done: Callable[[], int], kills: int) -> None:
        """Strike so many times while ``done()`` rises to ``work``."""
        last = int(work * LAST_MOMENT)
        for moment in sorted(self._chance.randrange(last) for _ in range(kills)):
            while done() < moment:
                self._look()
            time.sleep(self._chance.uniform(0.0, LONGEST_DELAY_S))
            self._once()

    def end(self) -> None:
        """Kill what is left of the pass, for a test that has failed."""
        if self._process.poll() is None:
            for worker in workers_of(self._process.pid):
                strike(worker)
            self._process.kill()
            self._process.wait()

    def finish(self) -> None:
        """Let the pass come to its end."""
        while self._process.poll() != 0:
            self._look()

    def _look(self) -> None:
        """Wait a moment; a pass that has given up is begun again, as a person would."""
        assert time.monotonic() < self._deadline, "the pass gets nowhere"
        if self._process.poll() not in (None, 0):
            self._process = self._start()
        time.sleep(LOOK_S)

    def _once(self) -> None:
        """Strike somebody; where it is the server, half of the time somebody else meanwhile."""
        if self._server is None or self._chance.random() < 0.7:
            self._strike_process()
            return
        self._server.strike()
        self.hit["server"] += 1
        time.sleep(self._chance.uniform(0.0, 0.5))
        if self._chance.random() < 0.5:
            self._strike_process()
        time.sleep(self._chance.uniform(0.0, 0.5))
        self._server.start()

    def _strike_process(self) -> None:
        """Strike a worker or the parent; the parent where it has no worker yet."""
        self._look()
        workers = workers_of(self._process.pid)
        if not workers or self._chance.random() < 0.3:
            self.at_work += len(workers)
            self._process.kill()
            self._process.wait()
            self.hit["parent"] += 1
            self._process = self._start()
            return
        self.at_work += 1
        self.hit["worker"] += strike(self._chance.choice(workers))
