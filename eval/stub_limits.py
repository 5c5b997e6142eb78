"""A chat endpoint of this machine that is slow, fails and is busy by plan, and keeps a log.

``python -m eval.stub_limits --seed 1`` serves on a free port of 127.0.0.1, says its address on its
first line, and ends with its standard input. What becomes of an attempt depends on the seed, the
prompt and the number of the attempt alone. ``GET /log`` gives a row an attempt, in seconds since
the stub was started.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler
from typing import Any

from eval.stub_endpoint import READY, StubServer, silent_reply

LATENCY_S = (0.5, 3.0)
FAILING, BUSY = 0.05, 0.01
BUSY_S = (1, 3)
TOKENS_A_CHARACTER = 0.7
ANSWERED, FAILED, TOLD_TO_WAIT = "answered", "failed", "busy"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an attempt: after ``latency_s`` an answer, an error, or a time to wait."""

    kind: str
    latency_s: float
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """An attempt as the stub saw it; ``key`` tells the prompt, times are the stub's."""

    key: str
    fate: Fate
    arrived: float
    left: float = 0.0
    tokens: tuple[int, int] = (0, 0)


def fate_of(seed: int, key: str, attempt: int) -> Fate:
    """Draw what becomes of an attempt at a prompt."""
    dice = random.Random(f"{seed}|{key}|{attempt}")
    chance, latency_s = dice.random(), dice.uniform(*LATENCY_S)
    if chance < BUSY:
        return Fate(TOLD_TO_WAIT, 0.05, dice.randint(*BUSY_S))
    return Fate(FAILED if chance < BUSY + FAILING else ANSWERED, latency_s)


def key_of(prompt: str) -> str:
    """What tells a prompt from all others."""
    return hashlib.sha256(prompt.encode("utf-8", "replace")).hexdigest()[:24]


class Plan:
    """The log and the count of attempts; many threads write it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._attempts: Counter[str] = Counter()
        self._rows: list[Logged] = []

    def now(self) -> float:
        """Seconds since the stub was started."""
        return time.monotonic() - self._began

    def arrived(self, prompt: str) -> tuple[int, Logged]:
        """Note an attempt at its arrival; gives its place in the log."""
        key = key_of(prompt)
        with self._lock:
            self._attempts[key] += 1
            row = Logged(key, fate_of(self._seed, key, self._attempts[key]), self.now())
            self._rows.append(row)
            return len(self._rows) - 1, row

    def left(self, place: int, tokens: tuple[int, int]) -> None:
        """Note when it was answered, and the tokens that were told."""
        with self._lock:
            self._rows[place] = replace(self._rows[place], left=self.now(), tokens=tokens)

    def rows(self) -> list[dict[str, Any]]:
        """The log."""
        with self._lock:
            return [asdict(row) for row in self._rows]


class Handler(BaseHTTPRequestHandler):
    """Does what is planned for each attempt."""

    protocol_version = "HTTP/1.1"
    plan: Plan

    def do_POST(self) -> None:
        """Wait as long as is planned, then answer, fail, or say when to come again."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = request["messages"][-1]["content"]
        place, row = self.plan.arrived(prompt)
        status, body, tokens = 200, b"", (0, 0)
        if row.fate.kind == ANSWERED:
            body, tokens = answer_to(prompt)
        else:
            status = 429 if row.fate.kind == TOLD_TO_WAIT else 500
            body = json.dumps({"error": {"message": row.fate.kind, "code": row.fate.kind}}).encode()
        time.sleep(max(0.0, row.arrived + row.fate.latency_s - self.plan.now()))
        self.plan.left(place, tokens)
        self._send(status, body, row.fate.retry_after_s)

    def do_GET(self) -> None:
        """Give the log."""
        self._send(200, json.dumps(self.plan.rows()).encode(), 0)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes, retry_after_s: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after_s:
            self.send_header("Retry-After", str(retry_after_s))
        self.end_headers()
        self.wfile.write(body)


def answer_to(prompt: str) -> tuple[bytes, tuple[int, int]]:
    """A silent reply, and its tokens by the length of prompt and reply."""
    text = silent_reply(prompt)
    used = int(len(prompt) * TOKENS_A_CHARACTER), int(len(text) * TOKENS_A_CHARACTER)
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)}
    head = {"id": "stub", "object": "chat.completion", "created": 1, "model": "stub"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps(head | {"choices": [choice], "usage": usage}).encode(), used


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    Handler.plan = Plan(parser.parse_args().seed)
    server = StubServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{READY}http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
