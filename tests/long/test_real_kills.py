"""A real pass that is struck with kill -9 asks nothing twice but what was under way.

An endpoint on this machine counts what it is asked. Struck are workers, the parent and, where the
jobs, judgements and vectors stand on PostgreSQL, all processes of the server. ``AUDITOR_KILLS`` is
how often (10 without it: a worker takes some seconds to load its models).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
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

from auditor.servers import STORE_VARIABLE
from auditor.store.run_folder import read_json
from tests.postgres import Server
from tests.recorded import reply_to
from tests.strikes import PATIENCE_S, Start, Striker

pytestmark = [pytest.mark.long, pytest.mark.model]
KILLS = int(os.environ.get("AUDITOR_KILLS", "10"))
CITIES = 20
CALLS = 4
"""Calls that the endpoint is asked at once at most."""
FACTS_OF_THE_PASS = ("sent", "usage")
"""What run.json counts of calls, those among them whose replies were lost."""
SAME = ("documents.jsonl", "search.jsonl", "findings.jsonl", "score.json")


class Asked(BaseHTTPRequestHandler):
    """Answers by the prompt alone, and counts each prompt."""

    protocol_version = "HTTP/1.1"
    counts: ClassVar[Counter[str]] = Counter()
    lock = threading.Lock()

    @classmethod
    def total(cls) -> int:
        """How often it was asked."""
        with cls.lock:
            return cls.counts.total()

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


class Endpoint(ThreadingHTTPServer):
    """Says nothing of callers that were killed."""

    def handle_error(self, *_: Any) -> None:
        """Raise what is no broken connection."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            raise error


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = Endpoint(("127.0.0.1", 0), Asked)
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


def batch(archive: Path, out: Path, url: str, store: str | None = None) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "auditor.cli.main", "batch", str(archive), "-o", str(out),
        "--judge", "openai:m", "--base-url", url, "--only", "8.2", "--concurrency", str(CALLS),
        "--workers", "1", "--attempts", "1000", "--yes",
        *(["--database", store] if store else []),
    ]  # fmt: skip
    environment = {**os.environ, STORE_VARIABLE: store or ""}
    with out.with_suffix(".said").open("ab") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env=environment)


def archive_of(folder: Path) -> Path:
    """An archive of small invented cities."""
    for number in range(CITIES):
        city = f"临{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'东西'[number // 10]}市"
        (folder / city).mkdir(parents=True)
        (folder / city / "报告.txt").write_text(paper(city, number), encoding="utf-8")
    return folder


def plain(folder: Path) -> dict[str, Any]:
    """run.json without what it counts of calls."""
    manifest = read_json(folder / "run.json")
    return {key: value for key, value in manifest.items() if key not in FACTS_OF_THE_PASS}


def undisturbed(archive: Path, out: Path, url: str) -> Counter[str]:
    """A pass that nobody strikes; gives what it asked, each prompt once."""
    Asked.counts.clear()
    assert batch(archive, out, url).wait(PATIENCE_S) == 0
    once = Counter(Asked.counts)
    assert set(once.values()) == {1}
    Asked.counts.clear()
    return once


def struck(start: Start, once: Counter[str], seed: int, server: Server | None = None) -> Striker:
    """A pass that was struck while it asked, and came to its end."""
    striker = Striker(start, random.Random(seed), server)
    try:
        striker.strike_over(once.total(), Asked.total, KILLS)
        striker.finish()
    finally:
        striker.end()
    again = Asked.total() - once.total()
    print(f"{dict(striker.hit)}, {once.total()} questions, {again} asked again")
    return striker


def require_same(calm: Path, other: Path) -> None:
    """Every city has one result, with the bytes of the undisturbed pass."""
    summary = read_json(other / "summary.json")
    assert summary["counts"]["done"] == CITIES and not summary["failed_features"]
    for folder in sorted((calm / "cities").iterdir()):
        twin = other / "cities" / folder.name
        for name in SAME:
            assert (folder / name).read_bytes() == (twin / name).read_bytes(), folder / name
        assert plain(folder) == plain(twin)


def test_a_real_pass_that_is_struck_asks_nothing_twice_but_what_was_under_way(
    tmp_path: Path, endpoint: str
) -> None:
    archive, calm, other = archive_of(tmp_path / "in"), tmp_path / "calm", tmp_path / "struck"
    once = undisturbed(archive, calm, endpoint)
    striker = struck(lambda: batch(archive, other, endpoint), once, 4)
    assert striker.hit.total() == KILLS and Asked.counts.keys() == once.keys()
    # of each talk under way the question and, where its form was broken, the second one are lost
    assert Asked.total() - once.total() <= striker.at_work * CALLS * 2
    require_same(calm, other)


def test_a_real_pass_whose_server_is_struck_loses_nothing_either(
    tmp_path: Path, endpoint: str, server: Server
) -> None:
    archive, calm, other = archive_of(tmp_path / "in"), tmp_path / "calm", tmp_path / "struck"
    once = undisturbed(archive, calm, endpoint)
    striker = struck(lambda: batch(archive, other, endpoint, server.url), once, 5, server)
    assert striker.hit.total() >= KILLS and striker.hit["server"]
    assert Asked.counts.keys() == once.keys()
    # a reply that comes while the server is away may find nobody to keep it
    ended = striker.at_work + striker.hit["server"]
    assert Asked.total() - once.total() <= ended * CALLS * 2
    require_same(calm, other)
