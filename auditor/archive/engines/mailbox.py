"""A worker that is listened to and stopped by calls, for engines that have no pipe to it.

It works on a thread of its own. What it tells waits here until it is asked for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import auditor
from auditor.archive.engines import Order, Told, Word
from auditor.archive.working import work

MARK_FILE = ".shared"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker elsewhere must have in common with who started it: plain values.

    ``environment``: variables that it takes over; ``mark``: what the file ``.shared`` of the output
    folder holds, empty where it is not looked for.
    """

    version: str
    environment: Mapping[str, str]
    mark: str = ""

    def unfit(self, out: Path) -> str:
        """Why no worker can work here, empty if one can."""
        if auditor.__version__ != self.version:
            return (
                f"{os.uname().nodename}: auditor {auditor.__version__}, not {self.version}."
                " 请在所有机器上安装同一版本 (install the same version on all machines)."
            )
        if self.mark and _content(out / MARK_FILE) != self.mark:
            return (
                f"{os.uname().nodename}: {out} 不是共享的 (is not the folder that it is elsewhere)."
                " -o 须在所有机器以同一路径可见的存储上 (-o must be on storage that all machines"
                " see by the same path)."
            )
        return ""


@dataclass(frozen=True, slots=True)
class News:
    """What a worker has told since it was last asked; ``note``: how it ended, if it is over."""

    told: tuple[Told, ...]
    over: bool = False
    note: str = ""


class Worker:
    """A worker and its link in one; every method may be called from any thread."""

    def __init__(self, order: Order, name: str, setting: Setting) -> None:
        self._told: list[Told] = []
        self._news = threading.Condition()
        self._stopped = threading.Event()
        self._over = False
        self._note = ""
        life = threading.Thread(target=self._live, args=(order, name, setting), daemon=True)
        life.start()

    def hear(self, wait_s: float) -> News:
        """What was told since; waits for it, at most so long."""
        with self._news:
            self._news.wait_for(lambda: self._told or self._over, wait_s)
            told, self._told = tuple(self._told), []
            return News(told, self._over, self._note)

    def pid(self) -> int:
        """The process that it works in."""
        return os.getpid()

    def stop(self) -> None:
        """Have it give its jobs back and end."""
        self._stopped.set()

    def tell(self, told: Told) -> None:
        """Keep a message until it is asked for."""
        with self._news:
            self._told.append(told)
            self._news.notify_all()

    def is_stopped(self) -> bool:
        """Whether it is to end."""
        return self._stopped.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait to be stopped."""
        return self._stopped.wait(seconds)

    def _live(self, order: Order, name: str, setting: Setting) -> None:
        note = ""
        try:
            fault = setting.unfit(order.out)
            if fault:
                self.tell(Told(name, Word.FATAL, note=fault))
                return
            os.environ.update(setting.environment)
            work(order, name, self)
        except Exception as error:  # whatever it was, who listens must hear that it is over
            note = f"{type(error).__name__}: {error}"
        finally:
            with self._news:
                self._over, self._note = True, note
                self._news.notify_all()


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
