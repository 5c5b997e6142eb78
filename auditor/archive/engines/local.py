"""The local engine: worker processes on this machine, each at the end of a pipe.

A worker whose pipe closes knows that its parent is gone, gives its jobs back and ends; one that
dies is told of by the system at once. Ctrl-C is the parent's affair: workers do not hear it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from auditor.archive.engines import Order, Told, Word
from auditor.archive.engines.room import processors_here
from auditor.archive.working import work
from auditor.operations.logs import FORMAT_VARIABLE, LEVEL_VARIABLE, configure_logs

STOP = "stop"
ORPHAN_S = 30.0
"""How long a worker without a parent may take to give its jobs back."""
LAST_S = 5.0
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


class PipeLink:
    """A worker's end of its pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()
        self._stopped = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Hear the stop, or the end of the parent, after which nobody waits for long."""
        try:
            self._pipe.recv()
            self._stopped.set()
            self._pipe.recv()
        except (EOFError, OSError):
            self._stopped.set()
        time.sleep(ORPHAN_S)
        os._exit(1)

    def tell(self, told: Told) -> None:
        """Send a message; a parent that is gone hears nothing."""
        with self._sending, suppress(OSError):
            self._pipe.send(told)

    def is_stopped(self) -> bool:
        """Whether the parent said so, or is gone."""
        return self._stopped.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait to be stopped."""
        return self._stopped.wait(seconds)


def live(order: Order, name: str, pipe: Connection) -> None:
    """The life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logs(os.environ.get(FORMAT_VARIABLE, "text"), os.environ.get(LEVEL_VARIABLE, "INFO"))
    work(order, name, PipeLink(pipe))
    pipe.close()


class LocalEngine:
    """``engines.Engine`` with processes that are spawned (not forked: libraries have threads)."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[str, tuple[SpawnProcess, Connection]] = {}

    def processors(self) -> Sequence[int]:
        """Those of this machine."""
        return [processors_here()]

    def start(self, order: Order, names: Sequence[str]) -> None:
        """Start a worker of each name."""
        with _threads(order.threads):
            for name in names:
                ours, theirs = self._context.Pipe()
                process = self._context.Process(target=live, args=(order, name, theirs), name=name)
                process.start()
                theirs.close()
                self._workers[name] = (process, ours)

    def poll(self, timeout_s: float) -> list[Told]:
        """Wait for messages and deaths."""
        ends: list[Connection | int] = [pipe for _, pipe in self._workers.values()]
        ends += [process.sentinel for process, _ in self._workers.values()]
        if not wait(ends, timeout_s) and ends:
            return []
        heard: list[Told] = []
        for name in list(self._workers):
            heard += self._heard(name)
        return heard

    def pids(self) -> dict[str, int]:
        """The processes that are alive, by name."""
        alive = ((n, p.pid) for n, (p, _) in self._workers.items() if p.is_alive())
        return {name: pid for name, pid in alive if pid is not None}

    def stop(self, grace_s: float) -> None:
        """Have all workers end; a second interruption ends them at once."""
        try:
            for _, pipe in self._workers.values():
                with suppress(OSError):
                    pipe.send(STOP)
            deadline = time.monotonic() + grace_s
            while self._workers and time.monotonic() < deadline:
                self.poll(min(0.2, grace_s))
        finally:
            for process, pipe in self._workers.values():
                process.kill()
                process.join(LAST_S)
                pipe.close()
            self._workers.clear()

    def _heard(self, name: str) -> list[Told]:
        """The messages of one worker; the last of them may be that it is gone."""
        process, pipe = self._workers[name]
        alive = process.is_alive()  # before its last messages are read, or they would be lost
        heard: list[Told] = []
        with suppress(EOFError, OSError):
            while pipe.poll():
                heard.append(pipe.recv())
        if not alive:
            process.join()
            pipe.close()
            del self._workers[name]
            heard.append(Told(name, Word.GONE, note=_ending(process.exitcode)))
        return heard


def _ending(code: int | None) -> str:
    if not code:
        return ""
    return f"killed by signal {-code}" if code < 0 else f"ended with code {code}"


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have the processes that are started meanwhile use so many threads for their matrices.

    Their libraries read it when they are loaded, so it cannot be said later.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
