"""Reading processes: what a file costs, and what it cannot reach."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from auditor.core.errors import DocumentError
from auditor.ingest.isolation import LimitError, ReadingPool
from tests.unit.ingest.isolation_samples import BAD, PATIENT, QUICK, begun, is_gone, said, staying
from tests.unit.ingest.test_netless import python


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
