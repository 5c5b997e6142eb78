"""Passes that are struck with kill -9, workers and parents alike, lose nothing and repeat nothing.

``AUDITOR_KILLS`` is how often one pass is struck (10 without it). With the stand-in audit the
strikes come thick; with the real pipeline an endpoint on this machine counts what it is asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from auditor.core.jobs import AttemptEnd, JobState
from auditor.store.jobs.opening import open_jobs
from auditor.store.run_folder import read_json
from tests.recorded import reply_to
from tests.toy_archive import calls_made, published
from tests.toy_pass import ARCHIVE

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("AUDITOR_KILLS", "10"))
CITIES, WORKERS, STEPS, STEP_S, LEASE_S = 20, 2, 20, 0.03, 2.0
PATIENCE_S = 3600
CALLS = 4
"""Calls that the endpoint is asked at once at most."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("calm")
    process = toy_pass(out)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0 and set(calls_made(out).values()) == {1}
    return published(out)


def toy_pass(out: Path) -> subprocess.Popen[str]:
    numbers = [CITIES, WORKERS, STEPS, STEP_S, LEASE_S]
    command = [sys.executable, "-m", "tests.toy_pass", str(out), *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class Pids:
    """The worker processes that a pass has last told of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.now: list[int] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.now = [int(word) for word in line.split()]


def strike_worker(pid: int, parent: int) -> bool:
    """Kill a worker, if the number is still that of a child of its parent."""
    return pid in children_of(parent) and strike(pid)


def strike(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_workers_and_parents_leave_one_result_a_city_and_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes], seed: int
) -> None:
    chance = random.Random(seed)
    process = toy_pass(tmp_path)
    pids, struck, died_with_parent = Pids(process), 0, 0
    deadline = time.monotonic() + PATIENCE_S
    while struck < KILLS and process.poll() is None and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.1, 1.5))
        if not pids.now:
            continue
        if chance.random() < 0.3:
            struck += strike(process.pid)
            process.wait()
            died_with_parent += len(pids.now)
            process = toy_pass(tmp_path)
            pids = Pids(process)
        else:
            struck += strike_worker(chance.choice(pids.now), process.pid)
    assert process.wait(PATIENCE_S) == 0
    store = open_jobs(tmp_path, ARCHIVE)
    ends = Counter((a.key, a.end) for a in store.attempts())
    assert store.counts() == {JobState.DONE: CITIES}
    assert all(ends[job.key, AttemptEnd.DONE] == 1 for job in store.all())
    store.close()
    assert published(tmp_path) == undisturbed
    again = sum(count - 1 for count in calls_made(tmp_path).values())
    assert len(calls_made(tmp_path)) == CITIES * STEPS
    # a strike may cost the one judgement in the hands of each process that it ended
    assert again <= struck + died_with_parent
    assert not [p for p in (tmp_path / "work").iterdir() if len(p.name) >= 32]


def test_workers_end_by_themselves_when_their_parent_is_killed(tmp_path: Path) -> None:
    process = toy_pass(tmp_path)
    pids = Pids(process)
    deadline = time.monotonic() + PATIENCE_S
    while not pids.now and time.monotonic() < deadline:
        time.sleep(0.1)
    workers = pids.now
    strike(process.pid)
    process.wait()
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert workers and not any(map(is_alive, workers))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


class Asked(BaseHTTPRequestHandler):
    """Answers by the prompt alone, and counts each prompt."""

    protocol_version = "HTTP/1.1"
    counts: ClassVar[Counter[str]] = Counter()
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = "\n".join(message["content"] for message in body["messages"])
        with self.lock:
            self.counts[prompt] += 1
        time.sleep(0.05)
        message = {"role": "assistant", "content": reply_to(prompt)}
        answer: dict[str, Any] = {
            "id": "s", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790},
        }  # fmt: skip
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the caller may be dead by now
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def paper(city: str, number: int) -> str:
    return (
        f"{city}2024年政府工作报告\n一、2023年工作回顾\n"
        f"全市建成城市运行管理中心，接入{20 + number}个部门数据，数据共享率达到{60 + number}%。"
        f"市大数据管理局印发《{city}公共数据管理办法》，建成统一的城市数字底座。\n"
        f"二、2024年工作安排\n计划建设城市智能中枢，推进一网统管。\n"
    )


def batch(archive: Path, out: Path, url: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "auditor.cli.main", "batch", str(archive), "-o", str(out),
        "--judge", "openai:m", "--base-url", url, "--only", "8.2", "--concurrency", str(CALLS),
        "--workers", "1", "--attempts", "1000", "--yes",
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


FACTS_OF_THE_PASS = ("sent", "usage")
"""What run.json counts of calls, those among them whose replies were lost."""


@pytest.mark.model
def test_a_real_pass_that_is_struck_asks_nothing_twice_but_what_was_under_way(
    tmp_path: Path, endpoint: str
) -> None:
    archive = tmp_path / "in"
    for number in range(CITIES):
        city = f"临{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'东西'[number // 10]}市"
        (archive / city).mkdir(parents=True)
        (archive / city / "报告.txt").write_text(paper(city, number), encoding="utf-8")
    calm, struck_out = tmp_path / "calm", tmp_path / "struck"
    Asked.counts.clear()
    assert batch(archive, calm, endpoint).wait(PATIENCE_S) == 0
    once = Counter(Asked.counts)
    assert set(once.values()) == {1}
    Asked.counts.clear()
    struck = strike_real(archive, struck_out, endpoint)
    assert batch(archive, struck_out, endpoint).wait(PATIENCE_S) == 0
    assert Asked.counts.keys() == once.keys()
    # of each talk under way the question and, where its form was broken, the second one are lost
    assert sum(Asked.counts.values()) - len(once) <= struck * CALLS * 2
    for folder in sorted((calm / "cities").iterdir()):
        other = struck_out / "cities" / folder.name
        for name in ("documents.jsonl", "search.jsonl", "findings.jsonl", "score.json"):
            assert (folder / name).read_bytes() == (other / name).read_bytes(), folder / name
        one, two = (plain(read_json(f / "run.json")) for f in (folder, other))
        assert one == two
    shutil.rmtree(struck_out)


def strike_real(archive: Path, out: Path, endpoint: str) -> int:
    """Kill workers and parents at random moments; gives how often something was hit."""
    chance = random.Random(3)
    process, struck = batch(archive, out, endpoint), 0
    while struck < KILLS and process.poll() is None:
        time.sleep(chance.uniform(1, 8))
        workers = children_of(process.pid)
        if chance.random() < 0.3:
            struck += strike(process.pid)
            process.wait()
            process = batch(archive, out, endpoint)
        elif workers:
            struck += strike_worker(chance.choice(workers), process.pid)
    strike(process.pid)
    process.wait()
    return struck + 1


def plain(manifest: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in FACTS_OF_THE_PASS}
