"""A chat endpoint on this machine that only waits: for benchmarks of the judging stage.

``python -m eval.stub_endpoint --latency 1`` serves on a free port of 127.0.0.1, says its address on
its first line, fills in the form that stands in the prompt, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

READY = "serving at "
PROMPT_TOKENS, COMPLETION_TOKENS = 1000, 100


class StubHandler(BaseHTTPRequestHandler):
    """Answers every chat after ``latency_s``, all features silent."""

    protocol_version = "HTTP/1.1"
    latency_s = 1.0

    def do_POST(self) -> None:
        """Wait, then answer."""
        length = int(self.headers["Content-Length"])
        began = time.monotonic()
        prompt = json.loads(self.rfile.read(length))["messages"][-1]["content"]
        body = json.dumps(_chat_completion(silent_reply(prompt))).encode()
        time.sleep(max(0.0, self.latency_s - (time.monotonic() - began)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class StubServer(ThreadingHTTPServer):
    """A server that many callers may knock at in one moment."""

    request_queue_size = 128
    daemon_threads = True


def silent_reply(prompt: str) -> str:
    """The form in a prompt with no evidence everywhere."""
    form = json.loads(prompt[prompt.rindex('{"features"') :].split("\n")[0])
    for row in form["features"]:
        element = {"verdict": "no_evidence", "sentences": []}
        row["elements"] = dict.fromkeys(row["elements"], element)
        row |= {"verdict": "no_evidence", "reason": "未见"}
    return json.dumps(form, ensure_ascii=False)


def _chat_completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "stub",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": COMPLETION_TOKENS,
            "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        },
    }


@contextmanager
def stub_endpoint(latency_s: float) -> Iterator[str]:
    """A stub in a process of its own; gives its base URL."""
    command = [sys.executable, "-m", "eval.stub_endpoint", "--latency", str(latency_s)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        yield process.stdout.readline().removeprefix(READY).strip() + "/v1"
    finally:
        process.stdin.close()
        process.wait(10)


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=1.0)
    StubHandler.latency_s = parser.parse_args().latency
    server = StubServer(("127.0.0.1", 0), StubHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{READY}http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
