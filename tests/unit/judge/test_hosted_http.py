"""The hosted judge over HTTP on this machine: many calls at once, busy endpoints, a rate."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest

from auditor.core.errors import CircuitOpenError, EndpointError
from auditor.core.findings import Judgement, Verdict
from auditor.core.limiting import NANO, Caps, Patience
from auditor.core.run import Case, Silence
from auditor.core.usage import Usage
from auditor.judge.calls import Asker
from auditor.judge.disclosure import OpenGate
from auditor.judge.hosted import HostedJudge, Logs, open_chat, trouble_of
from auditor.judge.limits import Limiter, Price, Purse
from auditor.judging import judge_cases
from auditor.prompts import load_prompt
from auditor.standard import load_standard
from auditor.store.journal import Journal
from auditor.voices import Hosting
from tests.unit.judge.conftest import case_for
from tests.unit.judge.scripts import filled, form_in

ITEMS = tuple(i for i in load_standard().items if i.id.startswith("8.3"))


class Endpoint:
    """Answers after a short while; says that it is busy ``busy`` times first."""

    def __init__(self) -> None:
        self.busy = 0
        self.broken = False
        self.times: list[float] = []
        self.bodies: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = json.loads(self.rfile.read(length))
                status, body = outer.answer(request)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.times.append(time.monotonic())
            self.bodies.append(request)
            self.busy, is_busy = max(self.busy - 1, 0), self.busy > 0
        if self.broken:
            return 500, {"error": {"message": "down"}}
        if is_busy:
            return 429, {"error": {"message": "busy", "code": "rate_limit_exceeded"}}
        time.sleep(0.02)
        text = filled(form_in(request["messages"][-1]["content"]), "partly_met", ("S3:fact",))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        head = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
        return 200, head | {"choices": [choice | {"finish_reason": "stop"}], "usage": usage}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    yield server
    server.close()


def judge(server: Endpoint, **more: Any) -> HostedJudge:
    hosting = Hosting("openai:m", server.url, **more)
    chats = {e: open_chat(e, None) for e in hosting.endpoints()}
    askers = hosting.askers(lambda _: OpenGate())
    return HostedJudge.of(askers, chats, Logs.in_memory(), hosting.concurrency)


def cases() -> list[Case]:
    return [case_for(feature) for item in ITEMS for feature in item.features]


def test_many_calls_at_once_lose_nothing_and_keep_the_order(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    judged = cases()
    hosted = judge(endpoint, per_feature=True, concurrency=16)
    journal = Journal(tmp_path / "j.db")
    outcomes = judge_cases(judged, hosted, ITEMS, journal, Silence())
    assert list(outcomes) == [c.feature.id for c in judged]
    assert {o.feature_id for o in outcomes.values()} == set(outcomes)
    assert all(isinstance(o, Judgement) and o.citations for o in outcomes.values())
    assert len(endpoint.bodies) == len(judged)
    assert hosted.usage == Usage(len(judged), 7 * len(judged), 3 * len(judged))
    one_by_one = judge(endpoint, per_feature=True, concurrency=1)
    alone = judge_cases(judged, one_by_one, ITEMS, Journal(tmp_path / "k.db"), Silence())
    assert alone == outcomes


def test_a_busy_endpoint_is_asked_again_when_it_says(
    endpoint: Endpoint, item_cases: list[Case]
) -> None:
    endpoint.busy = 1
    outcomes = judge(endpoint).judge(item_cases)
    assert all(isinstance(o, Judgement) for o in outcomes)
    first, second = endpoint.times
    assert second - first >= 1.0


def test_no_more_calls_a_second_than_allowed(endpoint: Endpoint, tmp_path: Path) -> None:
    hosted = judge(endpoint, per_feature=True, concurrency=8, requests_per_second=10.0)
    judge_cases(cases()[:6], hosted, ITEMS, Journal(tmp_path / "j.db"), Silence())
    assert max(endpoint.times) - min(endpoint.times) >= 0.4


def test_the_form_of_the_reply_is_asked_of_endpoints_that_can_hold_a_model_to_it(
    endpoint: Endpoint, item_cases: list[Case]
) -> None:
    (outcome, *_) = judge(endpoint, reply_form="json_schema").judge(item_cases)
    assert isinstance(outcome, Judgement) and outcome.verdict is not Verdict.NO_EVIDENCE
    form = endpoint.bodies[0]["response_format"]
    rows = form["json_schema"]["schema"]["properties"]["features"]["items"]["anyOf"]
    assert [row["properties"]["id"]["enum"] for row in rows] == [[c.feature.id] for c in item_cases]
    for row in rows:
        assert set(row["required"]) == set(row["properties"])


def test_an_endpoint_that_is_not_there_ends_the_run(item_cases: list[Case]) -> None:
    server = Endpoint()
    server.close()
    (found,) = Hosting("openai:m", server.url).endpoints()
    gone = replace(found, max_retries=0, timeout_s=2.0)
    asker = Asker(gone, load_prompt("judge-item"), OpenGate())
    hosted = HostedJudge.of([asker], {gone: open_chat(gone, None)}, Logs.in_memory())
    with pytest.raises(EndpointError, match="base-url"):
        hosted.judge(item_cases)
    with pytest.raises(openai.APIConnectionError) as caught:
        open_chat(gone, None).invoke("x")
    assert not trouble_of("m", caught.value).is_billed, "what never got there costs nothing"


def test_the_next_address_takes_over_and_the_usage_says_which_answered(
    endpoint: Endpoint, item_cases: list[Case]
) -> None:
    gone = Endpoint()
    gone.close()
    hosting = Hosting("openai:m", f"{gone.url} {endpoint.url}")
    (pool,) = hosting.endpoints()
    chats = {member: open_chat(member, None) for member in pool.members}
    askers = hosting.askers(lambda _: OpenGate())
    hosted = HostedJudge.of(askers, chats, Logs.in_memory())
    outcomes = hosted.judge(item_cases)
    assert all(isinstance(outcome, Judgement) for outcome in outcomes)
    where = endpoint.url.removeprefix("http://").removesuffix("/v1")
    assert hosted.answered == {"answered_by": {where: 1}}
    assert outcomes == judge(endpoint).judge(item_cases)
    alone = HostedJudge.of(
        Hosting("openai:m", gone.url).askers(lambda _: OpenGate()), chats, Logs.in_memory()
    )
    assert alone.fingerprint == hosted.fingerprint


def test_a_budget_bounds_replies_and_the_cost_is_told(
    endpoint: Endpoint, item_cases: list[Case]
) -> None:
    (one,) = Hosting("openai:m", endpoint.url).endpoints()
    price = Price(Decimal(2), Decimal(8), 512)
    limiter = Limiter(None, Caps(budget=NANO), Purse("p", {one.name: price}, "CNY"))
    asker = Asker(one, load_prompt("judge-item"), OpenGate())
    hosted = HostedJudge.of([asker], {one: open_chat(one, None)}, Logs.in_memory(), 1, limiter)
    hosted.judge(item_cases)
    assert endpoint.bodies[0]["max_tokens"] == 512
    assert hosted.answered["cost"] == {"amount": "0.000038", "currency": "CNY"}
    judge(endpoint).judge(item_cases)
    assert not {"max_tokens", "max_completion_tokens"} & set(endpoint.bodies[1])


def test_an_endpoint_that_goes_on_failing_stops_the_stage_and_nothing_is_kept(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.broken = True
    hosting = Hosting("openai:m", endpoint.url, per_feature=True, concurrency=4)
    (one,) = hosting.endpoints()
    patience = Patience(failures=3, cooldown_s=0.05, probes=2, backoff_s=0.01)
    hosted = HostedJudge.of(
        hosting.askers(lambda _: OpenGate()), {one: open_chat(one, None)}, Logs.in_memory(), 4,
        Limiter(patience=patience),
    )  # fmt: skip
    journal = Journal(tmp_path / "j.db")
    with pytest.raises(CircuitOpenError):
        judge_cases(cases(), hosted, ITEMS, journal, Silence())
    endpoint.broken = False
    asked = len(endpoint.bodies)
    outcomes = judge_cases(cases(), judge(endpoint, per_feature=True), ITEMS, journal, Silence())
    assert len(endpoint.bodies) - asked == len(cases()) == len(outcomes), "all are judged afresh"
