"""What reaches a hosted endpoint: nothing unopened, nothing marked, no personal data."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langsmith.utils import get_env_var, tracing_is_enabled

from auditor.core.criteria import Feature
from auditor.core.disclosure import Disclosure, leaves_machine, may_leave, why_withheld
from auditor.core.documents import Document, Mark, MarkKind, Span
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Failure, Judgement, Verdict
from auditor.core.masking import MASK, mask, mask_found
from auditor.core.run import Case
from auditor.core.search import Hit, SearchRecord
from auditor.ingest.content import ContentBuilder
from auditor.ingest.marks import find_marks
from auditor.judge.hosted import HostedJudge, host_of, open_chat, parse_endpoint
from auditor.judge.sent import SentLog
from auditor.passages import CityNames, cut_passages
from auditor.prompts import load_prompt
from auditor.standard import load_standard
from tests.unit.judge.scripts import filled, form_in

PHONE, LANDLINE, ID = "13800138000", "0532-85911216", "370202199003074514"
OPEN = Disclosure(opened_by="李主任")
PUBLIC_TEXT = f"""临江市平台建设情况
建成城市运行管理中心，接入部门系统86个。联系人张三，{PHONE}，值班电话{LANDLINE}。
负责人身份证号{ID}，已完成备案，平台运行平稳。
"""
SECRET_TEXT = "机密★10年\n临江市专项情况\n建成代号为青石的专用平台，已投入运行。\n"
INTERNAL_TEXT = "内部资料　注意保存\n临江市内部通报\n已建成代号为白鹭的内网系统，运行良好。\n"


class Chat(BaseChatModel):
    """Answers every asked feature with the first sentence and keeps what it was sent."""

    verdict: str = "partly_met"
    sent: list[str]
    traced: list[bool]

    @property
    def _llm_type(self) -> str:
        return "chat"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        text = "\n".join(str(m.content) for m in messages)
        self.sent.append(text)
        self.traced.append(bool(tracing_is_enabled()))
        said = ["S1:fact", "S2:fact", "S3:fact"][: self._shown(text)]
        reply = filled(form_in(text), self.verdict, said)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=reply))])

    @staticmethod
    def _shown(text: str) -> int:
        return sum(f"\n  [S{n}] " in text or f"\n[S{n}] " in text for n in (1, 2, 3))


def paper(text: str, name: str) -> Document:
    builder = ContentBuilder()
    for line in text.splitlines():
        if line.startswith("# "):
            builder.heading(line[2:], 1)
        else:
            builder.paragraph(line)
    content = builder.build()
    marks = find_marks(content.text)
    return Document(name, name, "txt", content.text, content.blocks, marks=marks)


def case(feature: Feature, *documents: Document) -> Case:
    passages = [p for d in documents for p in cut_passages(d, CityNames("临江市"))]
    hits = tuple(
        Hit(p, 1.0, {"dense": n}, tuple(0.9 for _ in p.sentences))
        for n, p in enumerate(passages, start=1)
    )
    record = SearchRecord(feature.id, (feature.text,), hits, len(passages))
    return Case(feature, record, "临江市", None, {d.name: d for d in documents})


def features() -> tuple[Feature, ...]:
    return next(i for i in load_standard().items if i.id == "8.3.1.1").features[:2]


def hosted(
    disclosure: Disclosure | None = OPEN,
    base_url: str = "https://models.example.cn/v1",
    sent: SentLog | None = None,
) -> tuple[HostedJudge, Chat]:
    chat = Chat(sent=[], traced=[])
    endpoint = parse_endpoint("openai:test", base_url)
    return HostedJudge(chat, endpoint, load_prompt("judge-item"), False, disclosure, sent), chat


PUBLIC = paper(PUBLIC_TEXT, f"张三{PHONE}.txt")
SECRET = paper(SECRET_TEXT, "专项.txt")
INTERNAL = paper(INTERNAL_TEXT, "通报.txt")


@pytest.mark.parametrize("closed", [None, Disclosure(), Disclosure(opened_by="  ")])
def test_a_dossier_that_nobody_opened_never_meets_a_hosted_judge(closed: Disclosure | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        hosted(closed)
    assert "models.example.cn" in caught.value.message
    assert "--public" in caught.value.hint and "--open-to-hosted" in caught.value.hint


@pytest.mark.parametrize("opened", [Disclosure(public=True), OPEN])
def test_a_public_or_opened_dossier_is_judged(opened: Disclosure) -> None:
    judge, chat = hosted(opened)
    outcomes = judge.judge([case(f, PUBLIC) for f in features()])
    assert all(isinstance(o, Judgement) for o in outcomes) and len(chat.sent) == 1


@pytest.mark.parametrize("opened", [Disclosure(public=True), OPEN])
def test_marked_papers_and_personal_data_never_reach_the_chat(opened: Disclosure) -> None:
    judge, chat = hosted(opened)
    judge.judge([case(f, PUBLIC, SECRET, INTERNAL) for f in features()])
    (message,) = chat.sent
    for word in ("青石", "专项", "白鹭", "通报", "内部资料", PHONE, ID, PHONE[3:], ID[6:14]):
        assert word not in message
    assert "接入部门系统86个" in message and LANDLINE in message
    assert MASK * 11 in message and MASK * 18 in message


def test_quotes_are_cut_from_the_local_text_and_the_finding_says_what_was_withheld() -> None:
    judge, _ = hosted()
    for outcome in judge.judge([case(f, PUBLIC, SECRET) for f in features()]):
        assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.PARTLY_MET
        assert any(PHONE in citation.quote for citation in outcome.citations)
        for citation in outcome.citations:
            assert citation.quote == PUBLIC.quote(citation.span)
        check = outcome.checks[0]
        assert (check.rule, check.outcome) == ("disclosure", "noted")
        assert check.detail == "1 个片段因保密标记未送出"


def test_a_feature_whose_evidence_is_all_withheld_is_a_failure_not_silence() -> None:
    first, second = features()
    judge, chat = hosted()
    outcomes = judge.judge([case(first, SECRET), case(second, PUBLIC)])
    assert isinstance(outcomes[0], Failure) and outcomes[0].error == "withheld"
    assert "1 个片段因保密标记未送出" in outcomes[0].detail and "青石" not in outcomes[0].detail
    assert isinstance(outcomes[1], Judgement) and outcomes[1].feature_id == second.id
    assert first.id not in chat.sent[0]
    alone, silent = hosted()
    assert isinstance(alone.judge([case(first, SECRET)])[0], Failure) and not silent.sent


def test_nothing_found_is_still_no_evidence() -> None:
    judge, chat = hosted()
    (outcome,) = judge.judge([case(features()[0])])
    assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.NO_EVIDENCE
    assert not chat.sent


def test_an_endpoint_on_this_machine_needs_no_opening_and_sees_everything() -> None:
    judge, chat = hosted(None, "http://127.0.0.1:8000/v1")
    judge.judge([case(f, PUBLIC, INTERNAL) for f in features()])
    assert PHONE in chat.sent[0] and "白鹭" in chat.sent[0]
    assert judge.sent.facts() == {"endpoints": [], "withheld": []}


def test_a_head_of_a_column_and_a_heading_are_masked_too() -> None:
    text = f"# 联系人{PHONE}\n建成平台，已投入运行，效果良好。\n"
    judge, chat = hosted()
    judge.judge([case(features()[0], paper(text, "表.md"))])
    assert PHONE not in chat.sent[0] and "效果良好" in chat.sent[0]


def test_personal_data_is_masked_even_where_intake_marked_nothing() -> None:
    judge, chat = hosted()
    judge.judge([case(features()[0], replace(PUBLIC, marks=()))])
    assert PHONE not in chat.sent[0] and ID not in chat.sent[0]


def test_a_number_cut_by_the_end_of_a_passage_is_masked_in_both_parts() -> None:
    document = paper("建" * 396 + PHONE + "成" * 30 + "。", "长句.txt")
    assert len(cut_passages(document, CityNames("临江市"))) == 2
    judge, chat = hosted()
    judge.judge([case(features()[0], document)])
    assert "建" + MASK * 4 in chat.sent[0] and MASK * 7 + "成" in chat.sent[0]
    assert PHONE[:4] not in chat.sent[0] and PHONE[4:] not in chat.sent[0]


def test_the_log_lists_what_left_per_endpoint_and_document() -> None:
    judge, chat = hosted()
    judge.judge([case(f, PUBLIC, SECRET, INTERNAL) for f in features()])
    passages = [p for p in cut_passages(PUBLIC, CityNames("临江市")) if p.text in PUBLIC.text]
    facts = judge.sent.facts()
    (endpoint,) = facts["endpoints"]
    assert (endpoint["host"], endpoint["calls"]) == ("models.example.cn", len(chat.sent))
    assert endpoint["documents"] == [
        {
            "document": PUBLIC.name,
            "passages": [p.id for p in passages],
            "characters": sum(len(p.text) for p in passages),
        }
    ]
    assert [(row["document"], row["passages"]) for row in facts["withheld"]] == sorted(
        [(INTERNAL.name, 1), (SECRET.name, 1)]
    )
    assert "密级" in str(facts["withheld"]) and "青石" not in str(facts)


def test_the_log_is_on_disk_before_the_call_and_goes_on_after_a_resume(tmp_path: Path) -> None:
    file = tmp_path / "state" / "sent.jsonl"
    first, second = features()
    judge, _ = hosted(sent=SentLog(file))
    judge.judge([case(first, PUBLIC, SECRET)])
    with file.open("a") as stream:
        stream.write('{"host": "cut')
    again, _ = hosted(sent=SentLog(file))
    again.judge([case(second, PUBLIC, SECRET)])
    (endpoint,) = SentLog(file).facts()["endpoints"]
    assert endpoint["calls"] == 2
    assert SentLog(file).facts() == again.sent.facts()
    assert "接入部门" not in file.read_text().encode().decode("unicode_escape")


def test_a_call_that_fails_is_in_the_log_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, _ = hosted()

    def fail(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Chat, "_generate", fail)
    with pytest.raises(KeyboardInterrupt):
        judge.judge([case(features()[0], PUBLIC)])
    assert judge.sent.facts()["endpoints"][0]["calls"] == 1


def test_tracing_to_third_parties_is_off_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    get_env_var.cache_clear()
    assert tracing_is_enabled()
    judge, chat = hosted(None, "http://localhost:8000/v1")
    judge.judge([case(features()[0], PUBLIC)])
    get_env_var.cache_clear()
    assert chat.traced == [False]


class Server:
    """A chat server on this machine: answers, or sends the caller elsewhere; keeps the bodies."""

    def __init__(self, elsewhere: str = "") -> None:
        self.bodies: list[str] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                bodies.append(json.loads(self.rfile.read(length))["messages"][-1]["content"])
                message = {"role": "assistant", "content": "答"}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                row = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
                body = json.dumps(row | {"choices": [choice]}).encode()
                self.send_response(307 if elsewhere else 200)
                self.send_header("Location", elsewhere)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, server.url.removesuffix("/v1"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.close()


def test_a_local_endpoint_is_reached_without_a_proxy(proxy: Server) -> None:
    model = Server()
    chat = open_chat(parse_endpoint("openai:test", model.url), None)
    assert chat.invoke("问").text == "答"
    assert model.bodies == ["问"] and not proxy.bodies
    model.close()


def test_a_local_endpoint_cannot_send_the_text_elsewhere() -> None:
    other = Server()
    model = Server(elsewhere=f"{other.url}/chat/completions")
    chat = open_chat(parse_endpoint("openai:test", model.url), None)
    with pytest.raises(openai.APIStatusError):
        chat.invoke("问")
    assert model.bodies == ["问"] and not other.bodies
    model.close()
    other.close()


def test_the_log_names_the_host_even_where_the_address_is_the_providers_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    chat = open_chat(parse_endpoint("openai:test", None), None)
    assert host_of(chat, parse_endpoint("openai:test", None)) == "api.openai.com"
    unknown = Chat(sent=[], traced=[])
    assert host_of(unknown, parse_endpoint("other:test", None)) == "other"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1", "http://127.8.8.8/v1", "http://localhost:11434/v1",
        "http://[::1]:8000/v1", "http://[::ffff:127.0.0.1]/v1", "http+unix://%2Frun%2Fm.sock/v1",
        "HTTP://LOCALHOST/v1",
    ],
)  # fmt: skip
def test_a_loopback_address_stays_on_this_machine(url: str) -> None:
    assert not leaves_machine(url)


@pytest.mark.parametrize(
    "url",
    [
        None, "", "https://api.openai.com/v1", "http://192.168.1.5:8000/v1", "http://10.0.0.8/v1",
        "http://127.0.0.1.example.cn/v1", "http://127.0.0.1@example.cn/v1", "http://0.0.0.0/v1",
        "http://localhost.example.cn/v1", "http://modelserver/v1", "localhost:8000",
    ],
)  # fmt: skip
def test_every_other_address_leaves_it(url: str | None) -> None:
    assert leaves_machine(url)


def test_a_local_server_that_only_passes_on_counts_as_hosted() -> None:
    assert parse_endpoint("ollama:qwen3-coder:480b-cloud", None).leaves
    assert not parse_endpoint("ollama:qwen3:8b", None).leaves


def test_a_marked_paper_never_may_leave_and_an_unmarked_one_once_opened() -> None:
    assert may_leave(PUBLIC, OPEN) and not may_leave(PUBLIC, Disclosure())
    for disclosure in (OPEN, Disclosure(public=True)):
        assert "密级" in why_withheld(SECRET, disclosure)
        assert "内部" in why_withheld(INTERNAL, disclosure)
    assert "没有人批准" in why_withheld(PUBLIC, Disclosure())


def test_a_mask_keeps_every_other_character_in_its_place() -> None:
    text = f"电话{PHONE}，编号86。"
    marks = find_marks(text)
    assert mask(text, 0, marks) == f"电话{MASK * 11}，编号86。"
    assert mask(text[:6], 0, marks) == "电话" + MASK * 4
    assert mask(text[6:], 6, marks) == MASK * 7 + "，编号86。"
    assert mask("机密", 0, [Mark(MarkKind.SECRET, Span(0, 2))]) == "机密"


@given(st.text(alphabet="0123456789 -X电话身份证卡号，。", max_size=80), st.integers(0, 80))
def test_masking_the_parts_of_a_text_is_masking_the_whole(text: str, cut: int) -> None:
    marks = find_marks(text)
    whole = mask(text, 0, marks)
    assert len(whole) == len(text)
    assert mask(text[:cut], 0, marks) + mask(text[cut:], min(cut, len(text)), marks) == whole
    assert all(a == b or b == MASK for a, b in zip(text, whole, strict=True))


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_no_mobile_number_survives_masking(number: str) -> None:
    assert number[3:] not in mask_found(f"联系人李四，{number}。")
