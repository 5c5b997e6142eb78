"""The reading process: takes a file over a pipe, reads it in a limited child, sends the content.

``python -m auditor.ingest.worker`` loads the readers once and then forks a child for each file,
so that nothing of one file reaches the next. The child has limits on address space, processor
time, file size and the time between two pages, and no network where the system allows that.

Frames in both directions (``auditor.ingest.wire``): ``Q`` a request (JSON line, then the file's
bytes), ``B`` a page is done, ``R`` a content, ``E`` an error of the reader, ``X`` the child died
(JSON: why).
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from typing import Any, BinaryIO

from auditor.core.errors import DocumentError
from auditor.ingest import pulse
from auditor.ingest.netless import enter_netless
from auditor.ingest.reading import read_content, read_own
from auditor.ingest.transfer import dump_content, dump_error
from auditor.ingest.wire import HEAD, MAX_FRAME, read_frame, write_frame

CHUNK = 1 << 16
LAST_WORDS_S = 2.0
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl


def serve() -> None:
    """Answer requests until the pipe is closed."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides when to stop
    while True:
        try:
            _, payload = read_frame(sys.stdin.buffer)
            line, _, data = payload.partition(b"\n")
            _answer(out, json.loads(line), data)
        except (EOFError, BrokenPipeError):
            return


def _answer(out: BinaryIO, request: dict[str, Any], data: bytes) -> None:
    """Read one file in a child and pass on what it sends; say how it died if it does.

    Raises:
        EOFError: the caller is gone; the child is ended all the same.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for held in (reading, out.fileno()):
            os.close(held)  # the child reaches neither the caller nor the next request
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _work(writing, request, data)
    os.close(writing)
    patience_s = 0.0
    try:
        finished, why = _relay(out, reading, float(request["page_s"]), float(request["total_s"]))
        # what has closed its pipe says by its status how it ended
        patience_s = LAST_WORDS_S if not finished and not why else 0.0
    finally:
        os.close(reading)
        status = _end(child, patience_s)
    if not finished:
        write_frame(out, b"X", json.dumps({"why": why or _how_it_ended(status)}).encode())


def _end(child: int, patience_s: float) -> int:
    """End a child with all that it started; how it ended, where it does so in good time."""
    until = time.monotonic() + patience_s
    done, status = os.waitpid(child, os.WNOHANG)
    while not done and time.monotonic() < until:
        time.sleep(0.005)
        done, status = os.waitpid(child, os.WNOHANG)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    if not done:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    return status


def _work(writing: int, request: dict[str, Any], data: bytes) -> None:
    """The child: set the limits, read, send, end; never returns."""
    os.setsid()
    _die_with_parent()
    gc.disable()  # a short life with many small objects: nothing to collect
    code = 0
    try:
        with os.fdopen(writing, "wb") as out:
            _limit(request)
            enter_netless()
            pulse.listen(lambda done, total: _beat(out, request, done, total))
            name = str(request["name"])
            try:
                content = read_own(data, name) if request["own"] else read_content(data, name)
                write_frame(out, b"R", dump_content(content))
            except DocumentError as error:
                write_frame(out, b"E", dump_error(error))
    except MemoryError:
        code = 77
    except BaseException:  # the child must end here, whatever happened in a reader
        code = 70
    finally:
        os._exit(code)


def _die_with_parent() -> None:
    """Ask for the end with the reading process, however that ends (Linux alone can)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


def _limit(request: dict[str, Any]) -> None:
    size = int(request["memory_mb"]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _rearm(float(request["page_s"]))


def _rearm(seconds: float) -> None:
    """Allow that much more processor time."""
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


def _beat(out: BinaryIO, request: dict[str, Any], done: int, total: int) -> None:
    _rearm(float(request["page_s"]))
    write_frame(out, b"B", json.dumps([done, total]).encode())


def _relay(out: BinaryIO, reading: int, page_s: float, total_s: float) -> tuple[bool, str]:
    """Pass frames on until the result; a child that is silent for too long is given up.

    Raises:
        EOFError: the caller is gone (it sends nothing while it waits, but the end of its pipe).
    """
    caller = sys.stdin.fileno()
    held = bytearray()
    last = time.monotonic() + total_s
    deadline = min(last, time.monotonic() + page_s)
    while True:
        left = deadline - time.monotonic()
        ready = select.select([reading, caller], [], [], left)[0] if left > 0 else []
        if caller in ready:
            raise EOFError
        if not ready:
            return False, "time"
        chunk = os.read(reading, CHUNK)
        if not chunk:
            return False, ""
        held += chunk
        if len(held) > MAX_FRAME:
            return False, "size"
        while len(held) >= HEAD.size:
            kind, length = HEAD.unpack_from(held)
            if len(held) < HEAD.size + length:
                break
            payload = bytes(held[HEAD.size : HEAD.size + length])
            del held[: HEAD.size + length]
            write_frame(out, kind, payload)
            if kind in (b"R", b"E"):
                return True, ""
            deadline = min(last, time.monotonic() + page_s)


def _how_it_ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        ended_by = os.WTERMSIG(status)
        if ended_by == signal.SIGABRT:  # how the engines end where no memory is left
            return "memory"
        return "cpu" if ended_by in (signal.SIGXCPU, signal.SIGKILL) else f"signal {ended_by}"
    return "memory" if os.WEXITSTATUS(status) == 77 else "error"


if __name__ == "__main__":
    serve()
