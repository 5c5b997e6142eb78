"""What the tests of isolation are made of."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.ingest import isolation
from auditor.ingest.isolation import Limits, ReadingPool, reading_pool

DEEDS = '''
import os, resource, signal, socket, sys, time
from auditor.core.errors import BrokenDocumentError
from auditor.ingest import pulse, worker
from auditor.ingest.content import Content, ContentBuilder

def of(text):
    builder = ContentBuilder()
    builder.paragraph(text)
    return builder.build()

def plain(data):
    return of(data.decode())

def broken(data):
    raise BrokenDocumentError("x", "坏了", hint="重交")

def bug(data):
    raise ZeroDivisionError

def hoard(data):
    return of(str(len(bytearray(4 << 30))))

def abort(data):
    os.abort()

def segfault(data):
    os.kill(os.getpid(), signal.SIGSEGV)

def spin(data):
    while True:
        pass

def sleep(data):
    time.sleep(600)

def pages(data):
    for number in range(5):
        time.sleep(0.4)
        pulse.page_done(number + 1, 5)
    return of("五页")

def shout(data):
    os.write(1, b"R" + b"\\xff" * 4096)
    print("R", flush=True)
    os.system("echo from a program")
    return of("说完")

def garbage(data):
    for number in range(3, 64):
        try:
            os.write(number, b"Z" + (7).to_bytes(4, "big") + b"garbage" * 200)
        except OSError:
            pass
    time.sleep(0.2)
    os._exit(0)

def forge(data):
    """Write a whole content on every channel that is open, twice."""
    from auditor.ingest.transfer import dump_content
    body = dump_content(of("伪造"))
    frame = b"R" + len(body).to_bytes(4, "big") + body
    for number in range(3, 64):
        try:
            os.write(number, frame * 2)
        except OSError:
            pass
    os._exit(0)

def swell(data):
    for number in range(3, 64):
        try:
            os.write(number, b"R" + (0xFFFFFFF0).to_bytes(4, "big"))
        except OSError:
            pass
    while True:
        try:
            os.write(number_of_pipe(), b"x" * (1 << 20))
        except OSError:
            os._exit(0)

def number_of_pipe():
    return next(n for n in range(3, 64) if is_pipe(n))

def is_pipe(number):
    import stat
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False

def count(data):
    import json
    body = json.dumps({"pages": "many"}).encode()
    os.write(number_of_pipe(), b"B" + len(body).to_bytes(4, "big") + body)
    time.sleep(600)

def limits(data):
    names = ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_CPU")
    return of(" ".join(str(resource.getrlimit(getattr(resource, n))[0]) for n in names))

def write(data):
    with open(data.decode(), "wb") as out:
        for _ in range(100):
            out.write(bytes(1 << 20))
    return of("写完")

def call(data):
    try:
        socket.create_connection(("127.0.0.1", int(data)), 2).close()
    except OSError as error:
        return of("no network: " + str(error))
    return of("connected")

def input(data):
    return of("stdin:" + str(len(os.read(0, 100))))

def stay(data):
    """Say who reads, then never end."""
    with open(data.decode() + ".part", "w") as out:
        out.write(f"{os.getpid()} {os.getppid()}")
    os.rename(data.decode() + ".part", data.decode())
    while True:
        time.sleep(0.01)

def leave(data):
    """Start a program that would outlive the reading."""
    child = os.fork()
    if child == 0:
        time.sleep(600)
    return of(str(child))

worker.read_content = lambda data, name: globals()[name](data)
if __name__ == "__main__":
    worker.serve()
'''
QUICK = Limits(memory_mb=1024, page_s=1.0)


def said(pool: ReadingPool, deed: str, data: bytes | str = b"x") -> str:
    return pool.read(data.encode() if isinstance(data, str) else data, deed).text.strip()


def is_gone(pid: int, within: float = 5.0) -> bool:
    """Whether a process has ended (what nobody has collected yet has ended too)."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


BAD = {
    "hoard": "内存超过 1024 MB",
    "abort": "内存",
    "segfault": "signal 11",
    "spin": "超时（1 秒",
    "sleep": "超时（1 秒",
    "bug": "异常结束（error）",
    "garbage": "异常结束",
    "count": "异常结束",
    "swell": "已中止|异常结束",
}


def staying(path: Path) -> tuple[int, int]:
    """The pids of a child that never ends and of its reading process."""
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until, "no child has begun"
        time.sleep(0.02)
    child, reader = path.read_text().split()
    return int(child), int(reader)


def begun(pool: ReadingPool, path: Path) -> tuple[threading.Thread, list[BaseException]]:
    """Read a file that never ends in a thread of its own."""
    ended: list[BaseException] = []

    def read() -> None:
        try:
            pool.read(str(path).encode(), "stay")
        except BaseException as error:  # the test looks at it
            ended.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread, ended


PATIENT = Limits(memory_mb=1024, page_s=300.0)
INTAKE = """
import json, sys
from pathlib import Path
from auditor.ingest import isolation
from auditor.ingest.isolation import Limits
from auditor.ingest.taking import Settings, take_in
isolation.WORKER = "deeds_worker"
take_in(Path(sys.argv[1]), Settings(processes=2, limits=Limits(page_s=300)))
"""
ANSWERS: dict[str, tuple[bytes, Any]] = {
    "a list of one": (b"B", [1]),
    "words for numbers": (b"B", ["1", "2"]),
    "no object": (b"X", [1, 2]),
    "no error": (b"E", {"code": "broken"}),
    "a number for an error": (b"E", 5),
    "an unknown kind": (b"?", {}),
}


@pytest.fixture
def deeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real reading process with a reader that does what the file's name says."""
    folder = tmp_path / "deeds"
    folder.mkdir()
    (folder / "deeds_worker.py").write_text(DEEDS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(isolation, "WORKER", "deeds_worker")
    return folder


@pytest.fixture
def pool(deeds: Path) -> Iterator[ReadingPool]:
    with reading_pool(1, QUICK) as made:
        yield made
