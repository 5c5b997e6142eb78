"""Processes that hammer one book, one of them killed: no cap is exceeded, as their logs tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.store.limits import open_book
from tests.unit.store import hammer
from tests.unit.store.test_limits import most_at_once, most_in_a_minute

SPEED, BOOK_SECONDS, PROCESSES = 20.0, 300.0, 5


@pytest.mark.slow
def test_processes_that_hammer_one_book_exceed_no_cap_even_where_one_is_killed(
    tmp_path: Path, database_url: str | None, root: Path
) -> None:
    logs = [tmp_path / f"{n}.jsonl" for n in range(PROCESSES)]
    workers = [_worker(tmp_path / "limits.db", database_url, log, root) for log in logs]
    _await(lambda: logs[0].is_file() and logs[0].stat().st_size > 0)
    time.sleep(1.0)
    workers[0].kill()
    assert [worker.wait(120) for worker in workers][1:] == [0] * (PROCESSES - 1)
    calls: dict[str, dict[str, Any]] = {}
    for log in logs:
        for line in log.read_text().splitlines():
            row = json.loads(line)
            calls.setdefault(row["id"], {"tokens": hammer.ESTIMATE, "cost": hammer.HIGHEST})
            calls[row["id"]] |= row
    _hold_the_caps(list(calls.values()))
    book = open_book(tmp_path / "limits.db", database_url, hammer.fast_clock(SPEED))
    spent = book.spent("purse")
    book.close()
    cut_off = sum("answered" not in c for c in calls.values())
    assert spent.settled + spent.held >= sum(c["cost"] for c in calls.values())
    assert spent.settled + spent.held <= (hammer.CAPS.budget or 0)
    assert cut_off <= hammer.THREADS


def _worker(file: Path, url: str | None, log: Path, root: Path) -> subprocess.Popen[bytes]:
    arguments = (file, url or "", SPEED, BOOK_SECONDS, log, log.stem)
    command = [sys.executable, "-m", "tests.unit.store.hammer", *map(str, arguments)]
    return subprocess.Popen(command, cwd=root, env=os.environ)


def _await(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def _hold_the_caps(calls: list[dict[str, Any]]) -> None:
    caps, arrived = hammer.CAPS, [c["arrived"] for c in calls]
    assert caps.requests_per_minute and caps.tokens_per_minute and caps.in_flight
    most = most_in_a_minute(arrived)
    tokens = most_in_a_minute(arrived, [c["tokens"] for c in calls])
    assert len(calls) > 2 * caps.requests_per_minute
    assert most <= caps.requests_per_minute and tokens <= caps.tokens_per_minute
    assert max(most / caps.requests_per_minute, tokens / caps.tokens_per_minute) > 0.8
    assert most_at_once([c for c in calls if "answered" in c]) <= caps.in_flight
