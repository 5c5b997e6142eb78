"""A file that misbehaves in its reading process costs itself alone, and nothing outlives it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from auditor.core.errors import DocumentError, EmptyDocumentError
from auditor.ingest import isolation
from auditor.ingest.isolation import LimitError, Limits, ReadingPool, reading_pool
from tests.unit.ingest.test_netless import python

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


@pytest.mark.parametrize("deed", BAD)
def test_a_file_that_misbehaves_costs_itself_alone(pool: ReadingPool, deed: str) -> None:
    assert said(pool, "plain", "前一份") == "前一份"
    with pytest.raises(LimitError, match=BAD[deed]) as caught:
        said(pool, deed)
    assert caught.value.code == "limit" and caught.value.hint and caught.value.name == deed
    assert said(pool, "plain", "后一份") == "后一份"


def test_an_error_of_a_reader_comes_back_as_it_was(pool: ReadingPool) -> None:
    with pytest.raises(DocumentError) as caught:
        said(pool, "broken")
    assert (caught.value.code, caught.value.reason, caught.value.hint) == ("broken", "坏了", "重交")
    assert caught.value.name == "broken"


def test_what_a_library_prints_does_not_reach_the_frames(pool: ReadingPool) -> None:
    assert said(pool, "shout") == "说完"
    assert said(pool, "plain", "后一份") == "后一份"


def test_a_child_cannot_speak_for_the_next_file(pool: ReadingPool) -> None:
    with suppress(DocumentError):
        said(pool, "forge")
    for number in range(3):
        assert said(pool, "plain", f"真 {number}") == f"真 {number}"


def test_a_child_cannot_take_the_next_request(pool: ReadingPool) -> None:
    assert said(pool, "input") == "stdin:0"
    assert said(pool, "plain", "后一份") == "后一份"


def test_the_time_is_that_between_two_pages_not_of_the_whole(pool: ReadingPool) -> None:
    heard: list[tuple[int, int]] = []
    started = time.monotonic()
    content = pool.read(b"x", "pages", beat=lambda done, total: heard.append((done, total)))
    assert content.text == "五页\n"
    assert time.monotonic() - started > 2 * QUICK.page_s
    assert heard == [(number, 5) for number in range(1, 6)]


def test_limits_are_set_in_the_child(pool: ReadingPool) -> None:
    space, size, core, cpu = (int(n) for n in said(pool, "limits").split())
    assert (space, size, core) == (1 << 30, 64 << 20, 0)
    assert 1 <= cpu <= 60


def test_a_child_cannot_fill_the_disk(pool: ReadingPool, tmp_path: Path) -> None:
    path = tmp_path / "big"
    with pytest.raises(LimitError):
        said(pool, "write", str(path))
    assert path.stat().st_size <= 64 << 20


def test_a_child_has_no_network(pool: ReadingPool) -> None:
    allowed = subprocess.run(
        python("from auditor.ingest.netless import enter_netless; print(enter_netless())", 0),
        capture_output=True,
        text=True,
        check=False,
    )
    if "True" not in allowed.stdout:
        pytest.skip("this machine allows no network namespace")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert said(pool, "call", str(server.getsockname()[1])).startswith("no network")


def test_what_a_child_started_ends_with_it(pool: ReadingPool) -> None:
    assert is_gone(int(said(pool, "leave")))


def staying(path: Path) -> tuple[int, int]:
    """The pids of a child that never ends and of its reading process."""
    until = time.monotonic() + 30
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


def test_closing_ends_a_reading_at_once_with_all_its_processes(deeds: Path) -> None:
    pool = ReadingPool(1, PATIENT)
    thread, ended = begun(pool, deeds / "pids")
    child, reader = staying(deeds / "pids")
    started = time.monotonic()
    pool.close()
    thread.join(10)
    assert time.monotonic() - started < 10 and isinstance(ended[0], DocumentError)
    assert is_gone(child) and is_gone(reader)
    pool.close()


def test_a_closed_pool_starts_nothing_more(deeds: Path) -> None:
    pool = ReadingPool(2, QUICK)
    assert said(pool, "plain", "一") == "一"
    pool.close()
    pool.close()
    with pytest.raises(LimitError, match="已中止"):
        said(pool, "plain")


def test_a_pool_that_read_nothing_closes(deeds: Path) -> None:
    ReadingPool(3).close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_does_not_outlive_its_reading_process(deeds: Path, end: signal.Signals) -> None:
    pool = ReadingPool(1, PATIENT)
    thread, ended = begun(pool, deeds / "pids")
    child, reader = staying(deeds / "pids")
    os.kill(reader, end)
    thread.join(10)
    assert isinstance(ended[0], LimitError)
    if sys.platform == "linux":
        assert is_gone(child)
    assert said(pool, "plain", "后一份") == "后一份"
    pool.close()


INTAKE = """
import json, sys
from pathlib import Path
from auditor.ingest import isolation
from auditor.ingest.isolation import Limits
from auditor.ingest.taking import Settings, take_in
isolation.WORKER = "deeds_worker"
take_in(Path(sys.argv[1]), Settings(processes=2, limits=Limits(page_s=300)))
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_intake_leaves_no_process(deeds: Path, end: signal.Signals) -> None:
    dossier = deeds / "dossier"
    dossier.mkdir()
    for number in range(6):
        (dossier / f"{number}.txt").write_text(str(deeds / f"pids{number}"), encoding="utf-8")
    worker = (deeds / "deeds_worker.py").read_text(encoding="utf-8")
    always = worker.replace("globals()[name](data)", "stay(data)")
    (deeds / "deeds_worker.py").write_text(always, encoding="utf-8")
    path = os.pathsep.join([str(deeds), *filter(None, sys.path)])
    intake = subprocess.Popen(
        [sys.executable, "-c", INTAKE, str(dossier)],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
    )
    pids = [*staying(deeds / "pids0"), *staying(deeds / "pids1")]
    intake.send_signal(end)
    _, error = intake.communicate(timeout=20)
    assert end is signal.SIGKILL or b"KeyboardInterrupt" in error
    assert all(is_gone(pid) for pid in pids), error
    assert not (deeds / "pids2").exists()


def test_real_readers_answer_over_the_pipe() -> None:
    with reading_pool(1, Limits(memory_mb=1024, page_s=60)) as pool:
        assert pool.read("本市建成城市大脑。".encode(), "a.txt").text == "本市建成城市大脑。\n"
        with pytest.raises(EmptyDocumentError):
            pool.read(b" \n", "空.txt")


ANSWERS: dict[str, tuple[bytes, Any]] = {
    "a list of one": (b"B", [1]),
    "words for numbers": (b"B", ["1", "2"]),
    "no object": (b"X", [1, 2]),
    "no error": (b"E", {"code": "broken"}),
    "a number for an error": (b"E", 5),
    "an unknown kind": (b"?", {}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_out_of_form_is_an_error_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    kind, row = ANSWERS[answer]
    frame = kind + len(json.dumps(row)).to_bytes(4, "big") + json.dumps(row).encode()
    code = f"import sys, time; sys.stdout.buffer.write({frame!r}); sys.stdout.flush()"
    (tmp_path / "odd_worker.py").write_text(f"{code}; time.sleep(0.5)", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(isolation, "WORKER", "odd_worker")
    with reading_pool(1, QUICK) as pool, pytest.raises(LimitError, match="异常结束"):
        pool.read(b"x", "a.txt")
