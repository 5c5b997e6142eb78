"""Files are read in child processes with limits; the caller's process never opens one.

A pool keeps a few reading processes (``auditor.ingest.worker``), each of which forks a child for
every file. A child that takes too much memory, too long between two pages, or dies, costs its
own file alone, which then says so.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from auditor.core.errors import BrokenDocumentError, DocumentError
from auditor.ingest.content import Content
from auditor.ingest.transfer import load_content, load_error
from auditor.ingest.wire import read_frame, write_frame

WORKER = "auditor.ingest.worker"
ENVIRONMENT_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV",
    "PYTHONHASHSEED", "PYTHONUTF8",
)  # fmt: skip
"""What a reading process gets of the environment: keys of endpoints are none of its business."""
Beat = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may use: address space, seconds (and of processor) per page, in all."""

    memory_mb: int = 2048
    page_s: float = 120.0
    total_s: float = 4 * 3600.0


class LimitError(BrokenDocumentError):
    """Reading the file went over a limit or ended the child; nothing of it is used."""

    code = "limit"


REASONS = {
    "time": "读取超时（{page_s:.0f} 秒内没有进展），已中止",
    "cpu": "读取超时（{page_s:.0f} 秒内没有进展），已中止",
    "memory": "读取所需内存超过 {memory_mb} MB，已中止",
    "size": "读出的内容过大，已中止",
}
STOPPED = "读取已中止"
ASK_AGAIN = "文件可能已损坏或有恶意构造；请打印为 PDF 或另存后重新提交。"


class ReadingProcess:
    """One reading process, ``python -m`` its worker; used by one thread at a time."""

    def __init__(self, limits: Limits, worker: str) -> None:
        self._limits = limits
        self._worker = worker
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes, name: str, own: bool, beat: Beat) -> Content:
        """Read one file; raises ``DocumentError`` (``LimitError`` where a limit was hit)."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        head = {
            "name": name,
            "own": own,
            "memory_mb": self._limits.memory_mb,
            "page_s": self._limits.page_s,
            "total_s": self._limits.total_s,
        }
        line = json.dumps(head, ensure_ascii=True).encode() + b"\n"
        try:
            write_frame(process.stdin, b"Q", line + data)
            return self._answer(process.stdout, name, beat)
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise self._ended(name, f"reader ended: {error}") from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._worker],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={
                    **{name: os.environ[name] for name in ENVIRONMENT_KEPT if name in os.environ},
                    "RUST_BACKTRACE": "0",
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        return self._process

    def _answer(self, stream: IO[bytes], name: str, beat: Beat) -> Content:
        while True:
            kind, payload = read_frame(stream)
            if kind == b"B":
                beat(*_pages(payload))
            elif kind == b"R":
                return load_content(payload)
            elif kind == b"E":
                raise load_error(payload, name)
            elif kind == b"X":
                raise self._ended(name, _why(payload))
            else:
                raise ValueError(f"unknown frame {kind!r}")

    def _ended(self, name: str, why: str) -> DocumentError:
        said = REASONS.get(why, "读取进程异常结束（{why}）")
        reason = said.format(page_s=self._limits.page_s, memory_mb=self._limits.memory_mb, why=why)
        return LimitError(name, reason, hint=ASK_AGAIN)

    def close(self) -> None:
        """End the process; its child ends with it (its pipe is closed)."""
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        if process.poll() is None:
            process.kill()
            process.wait()


def _pages(payload: bytes) -> tuple[int, int]:
    """Pages done and in all; what a child sends is checked, it may no longer be our code."""
    row = json.loads(payload[:100])
    if not isinstance(row, list) or len(row) != 2 or not all(isinstance(n, int) for n in row):
        raise ValueError("not a count of pages")
    return row[0], row[1]


def _why(payload: bytes) -> str:
    row = json.loads(payload[:1000])
    return str(row.get("why", "")) if isinstance(row, dict) else ""


class ReadingPool:
    """A few reading processes, lent to threads one at a time.

    ``worker``: the module that they run, None for the one that reads.
    """

    def __init__(self, size: int, limits: Limits | None = None, worker: str | None = None) -> None:
        made = limits or Limits(), worker or WORKER
        self._all = [ReadingProcess(*made) for _ in range(max(1, size))]
        self._free: queue.SimpleQueue[ReadingProcess] = queue.SimpleQueue()
        for process in self._all:
            self._free.put(process)
        self._closed = False

    def read(
        self, data: bytes, name: str, *, own: bool = False, beat: Beat = lambda _d, _t: None
    ) -> Content:
        """Read one file in the next free process; raises ``DocumentError``.

        ``own``: a PDF that a conversion made here; its text layer alone is read. A pool that is
        closed reads nothing more.
        """
        process = self._free.get()
        try:
            if self._closed:
                raise LimitError(name, STOPPED, hint=ASK_AGAIN)
            return process.read(data, name, own, beat)
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End all processes, whatever they are at."""
        self._closed = True
        for process in self._all:
            process.close()


@contextmanager
def reading_pool(size: int, limits: Limits | None = None) -> Iterator[ReadingPool]:
    """A pool that is closed at the end, whatever happens."""
    pool = ReadingPool(size, limits)
    try:
        yield pool
    finally:
        pool.close()
