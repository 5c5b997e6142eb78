"""Passes that are struck with kill -9 lose nothing, repeat nothing and end with the same bytes.

``AUDITOR_KILLS`` is at how many moments a pass is struck (50 without it): workers, the parent and,
where the jobs and the judgements stand on PostgreSQL, all processes of the server.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.core.jobs import AttemptEnd, JobState
from auditor.servers import STORE_VARIABLE
from auditor.store.jobs.opening import open_jobs
from tests.postgres import Server
from tests.strikes import PATIENCE_S, Striker, is_alive, strike, workers_of
from tests.struck_pass import ARCHIVE
from tests.toy_archive import calls_made, published

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("AUDITOR_KILLS", "50"))
CITIES, WORKERS, STEPS, STEP_S, LEASE_S = 20, 2, 20, 0.03, 60.0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    out = tmp_path_factory.mktemp("calm")
    assert toy_pass(out).wait(PATIENCE_S) == 0 and set(calls_made(out).values()) == {1}
    return published(out)


def toy_pass(out: Path, url: str | None = None) -> subprocess.Popen[Any]:
    """Begin a pass; on a server are its jobs and its judgements, else both are in ``out``."""
    numbers = [CITIES, WORKERS, STEPS, STEP_S, LEASE_S, *([url] if url else [])]
    command = [sys.executable, "-m", "tests.struck_pass", str(out), *map(str, numbers)]
    environment = {**os.environ, STORE_VARIABLE: url or ""}
    with (out / "said.txt").open("ab") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env=environment)


def calls_in(out: Path) -> int:
    return calls_made(out).total()


def struck(out: Path, seed: int, server: Server | None = None) -> Striker:
    """A pass that was struck at ``KILLS`` moments and came to its end."""
    url = server.url if server else None
    striker = Striker(lambda: toy_pass(out, url), random.Random(seed), server)
    try:
        striker.strike_over(CITIES * STEPS, lambda: calls_in(out), KILLS)
        striker.finish()
    finally:
        striker.end()
    again = calls_in(out) - CITIES * STEPS
    print(f"{KILLS} moments: {dict(striker.hit)}, {again} judgements made again")
    return striker


def require_whole(out: Path, undisturbed: Mapping[str, bytes], url: str | None = None) -> None:
    """Every city has one accepted result, with the bytes of the undisturbed pass."""
    store = open_jobs(out, ARCHIVE, url)
    ends = Counter((a.key, a.end) for a in store.attempts())
    jobs = store.all()
    assert store.counts() == {JobState.DONE: CITIES}
    store.close()
    assert all(ends[job.key, AttemptEnd.DONE] == 1 for job in jobs)
    assert AttemptEnd.FAILED not in {end for _, end in ends}
    assert AttemptEnd.RUNNING not in {end for _, end in ends}
    assert published(out) == undisturbed
    assert len(calls_made(out)) == CITIES * STEPS
    assert not [p for p in (out / "work").iterdir() if len(p.name) >= 32]


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_workers_and_parents_leave_one_result_a_city_and_the_same_bytes(
    tmp_path: Path, undisturbed: Mapping[str, bytes], seed: int
) -> None:
    striker = struck(tmp_path, seed)
    require_whole(tmp_path, undisturbed)
    assert striker.hit.total() == KILLS
    # a strike may cost the one judgement in the hands of each worker that it ended
    assert calls_in(tmp_path) - CITIES * STEPS <= striker.at_work


def test_a_killed_server_costs_no_judgement_and_no_result_either(
    tmp_path: Path, undisturbed: Mapping[str, bytes], server: Server
) -> None:
    striker = struck(tmp_path, 3, server)
    require_whole(tmp_path, undisturbed, server.url)
    assert striker.hit.total() >= KILLS and striker.hit["server"]
    assert calls_in(tmp_path) - CITIES * STEPS <= striker.at_work


def test_workers_end_by_themselves_when_their_parent_is_killed(tmp_path: Path) -> None:
    process = toy_pass(tmp_path)
    deadline = time.monotonic() + PATIENCE_S
    while not calls_made(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    workers = workers_of(process.pid)
    strike(process.pid)
    process.wait()
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert workers and not any(map(is_alive, workers))
