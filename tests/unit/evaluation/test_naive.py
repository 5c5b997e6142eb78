"""The naive pipeline from end to end on a small dossier, with a scripted chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import docx
import httpx
import openai
import pytest

from auditor.core.errors import ConfigurationError, EndpointError
from auditor.core.findings import Failure, Judgement, Verdict
from auditor.evaluation.compare import compare
from auditor.evaluation.gold import read_gold
from auditor.evaluation.whole import whole_table
from auditor.judge.endpoints import Endpoint
from auditor.standard import load_standard
from eval.baselines.naive import NaiveRun, naive_table, open_asker, run_naive
from eval.baselines.naive_calls import Asker, ReplyJournal
from eval.baselines.naive_search import OurEmbeddings
from eval.subset import read_subset
from tests.unit.evaluation.naive_fakes import BigramEmbedder, ScriptedChat

CITY = "临川市"
CLOUD = "市政务云已建成网络安全保障体系，三级等保测评全部通过。"
RULES = "市政府印发了数据安全管理办法，明确了数据安全保护制度和管理流程。"
PLAN = "到2027年，力争实现80%以上业务数据分类分级管理。"
FIRST, SECOND = "8.2.4.1-L1-a", "8.2.4.1-L1-b"
HERE = Endpoint("openai", "small", "http://127.0.0.1:9/v1")


@pytest.fixture
def gold_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "gold" / CITY
    documents = folder / "documents"
    documents.mkdir(parents=True)
    paper = docx.Document()
    paper.add_paragraph(CLOUD)
    paper.add_table(1, 1).cell(0, 0).text = PLAN
    paper.save(str(documents / "工作报告.docx"))
    (documents / "办法.txt").write_bytes(RULES.encode("gb18030"))
    (documents / "名单.xlsx").write_bytes(b"PK")
    rows = [
        {"id": FIRST, "verdict": "met", "quotes": [{"document": "工作报告.docx", "text": CLOUD}]},
        {"id": SECOND, "verdict": "met", "quotes": [{"document": "办法.txt", "text": RULES}]},
        {"id": "8.2.4.1-L4-a", "verdict": "planned", "quotes": []},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "gold.jsonl").write_text(text, encoding="utf-8")
    return tmp_path / "gold"


def reply(verdict: str, quote: str) -> str:
    return json.dumps({"verdict": verdict, "quote": quote}, ensure_ascii=False)


def truthful(question: str) -> str:
    if "评估特征：建立政务云" in question:
        return f"```json\n{reply('met', CLOUD)}\n```"
    if "评估特征：具备数据安全" in question:
        return reply("met", RULES)
    return reply("planned", PLAN) if "评估特征：80%" in question else reply("no_evidence", "")


def run(
    gold_dir: Path, script: Callable[[str], str], journal: Path | None = None
) -> tuple[NaiveRun, ScriptedChat]:
    chat = ScriptedChat(script=script, asked=[])
    asker = Asker(chat, HERE, ReplyJournal(journal), concurrency=2)
    subset = read_subset(gold_dir, load_standard(), only="8.2.4")
    embeddings = OurEmbeddings(BigramEmbedder())
    documents = subset.golds[0].documents
    return run_naive(documents, CITY, subset.features, embeddings, asker), chat


def test_a_dossier_is_loaded_searched_asked_and_measured(gold_dir: Path) -> None:
    found, chat = run(gold_dir, truthful)
    table = naive_table(read_subset(gold_dir, load_standard(), only="8.2.4").golds, [found], HERE)
    assert len(chat.asked) == len(found.findings) == 10
    assert all(CLOUD in q and RULES in q and PLAN in q for q in chat.asked)
    assert table["pooled"]["exact"] == 1.0
    assert table["pooled"]["recall@5"] == 1.0
    assert table["cost"]["cities"][CITY]["prompt_tokens"] == 1000
    assert (table["cost"]["calls"], table["cost"]["completion_tokens"]) == (10, 100)
    assert table["warnings"] == [f"{CITY}: 名单.xlsx: no loader"]


def test_the_table_can_stand_beside_an_evaluation_of_ours(gold_dir: Path) -> None:
    found, _ = run(gold_dir, truthful)
    golds = read_subset(gold_dir, load_standard(), only="8.2.4").golds
    table = json.loads(json.dumps(naive_table(golds, [found], HERE)))
    silent = [compare(golds[0], found.records, ())]
    beside = whole_table(silent, golds, load_standard(), {"naive": table}, 0)["beside"]["naive"]
    assert beside["pooled"]["exact"] == 1.0
    assert beside["cost"]["calls"] == 10
    assert beside["missing"] == 0


def test_citations_are_cut_from_the_loaded_text(gold_dir: Path) -> None:
    spaced = CLOUD.replace("，", " , ")
    found, _ = run(gold_dir, lambda _: reply("met", spaced))
    outcome = found.findings[0].outcome
    assert isinstance(outcome, Judgement)
    assert outcome.citations[0].quote == CLOUD
    assert outcome.citations[0].document == "工作报告.docx"


def test_a_quote_that_is_not_verbatim_counts_as_a_wrong_citation(gold_dir: Path) -> None:
    changed = CLOUD.replace("已建成", "将建成")
    found, _ = run(gold_dir, lambda q: truthful(q).replace(CLOUD, changed))
    golds = read_subset(gold_dir, load_standard(), only="8.2.4").golds
    table = naive_table(golds, [found], HERE)
    assert table["quotes"][CITY] == {"not_verbatim": 1, "given": 3}
    assert table["pooled"]["citation_precision"] == pytest.approx(1 / 3, abs=1e-3)
    assert table["pooled"]["exact"] == 1.0


def test_a_quote_longer_than_the_text_is_wrong_even_around_a_gold_quote(gold_dir: Path) -> None:
    found, _ = run(gold_dir, lambda q: truthful(q).replace(CLOUD, f"据悉，{CLOUD}"))
    golds = read_subset(gold_dir, load_standard(), only="8.2.4").golds
    assert naive_table(golds, [found], HERE)["quotes"][CITY]["not_verbatim"] == 1


def test_a_reply_without_a_verdict_is_a_failure(gold_dir: Path) -> None:
    found, _ = run(gold_dir, lambda q: "好的。" if "建立政务云" in q else truthful(q))
    assert isinstance(found.findings[0].outcome, Failure)
    assert [f.verdict for f in found.findings[1:2]] == [Verdict.MET]


def test_an_interrupted_run_goes_on_where_it_stopped(gold_dir: Path, tmp_path: Path) -> None:
    journal = tmp_path / "replies.jsonl"
    first, _ = run(gold_dir, truthful, journal)
    lines = journal.read_text(encoding="utf-8").splitlines()
    journal.write_text("\n".join([*lines[:6], lines[6][:20]]) + "\n", encoding="utf-8")
    second, chat = run(gold_dir, truthful, journal)
    assert len(chat.asked) == 4
    assert second.cost.kept == 6
    assert second.findings == first.findings
    assert second.cost.usage == first.cost.usage


def test_a_call_that_times_out_is_a_failure_and_is_asked_again(
    gold_dir: Path, tmp_path: Path
) -> None:
    def slow(question: str) -> str:
        if "建立政务云" in question:
            raise openai.APITimeoutError(httpx.Request("POST", HERE.base_url or ""))
        return truthful(question)

    found, _ = run(gold_dir, slow, tmp_path / "replies.jsonl")
    assert isinstance(found.findings[0].outcome, Failure)
    again, chat = run(gold_dir, truthful, tmp_path / "replies.jsonl")
    assert len(chat.asked) == 1
    assert again.findings[0].verdict is Verdict.MET


def test_an_endpoint_that_cannot_be_reached_ends_the_run(gold_dir: Path) -> None:
    def gone(_: str) -> str:
        raise openai.APIConnectionError(request=httpx.Request("POST", HERE.base_url or ""))

    with pytest.raises(EndpointError, match="Check"):
        run(gold_dir, gone)


def test_papers_that_are_not_public_go_to_no_endpoint_off_this_machine() -> None:
    away = Endpoint("openai", "big", "https://llm.example/v1")
    with pytest.raises(ConfigurationError, match="--public"):
        open_asker(away, public=False, concurrency=1, journal=None)
    assert open_asker(HERE, public=False, concurrency=1, journal=None).endpoint is HERE


def test_marked_papers_and_phone_numbers_stay_on_this_machine(gold_dir: Path) -> None:
    away = Endpoint("openai", "big", "https://llm.example/v1")
    gold = read_gold(gold_dir / CITY)
    (gold.documents / "密件.txt").write_text(f"机密★10年\n{RULES}另有内情。", encoding="utf-8")
    (gold.documents / "电话.md").write_text("联系电话：13812345678", encoding="utf-8")
    chat = ScriptedChat(script=truthful, asked=[])
    asker = Asker(chat, away, ReplyJournal(), concurrency=1)
    features = load_standard().features[:2]
    found = run_naive(gold.documents, CITY, features, OurEmbeddings(BigramEmbedder()), asker)
    assert any("密件.txt" in line for line in found.skipped)
    assert "另有内情" not in "".join(chat.asked)
    assert "联系电话" in "".join(chat.asked)
    assert "13812345678" not in "".join(chat.asked)


def test_a_subset_names_cities_and_nodes_that_exist(gold_dir: Path) -> None:
    standard = load_standard()
    with pytest.raises(ConfigurationError, match=CITY):
        read_subset(gold_dir, standard, ["别处市"])
    with pytest.raises(ConfigurationError, match=r"9\.9"):
        read_subset(gold_dir, standard, only="9.9")
    assert len(read_subset(gold_dir, standard, only="8.2.4").golds[0].rows) == 3
    assert read_subset(gold_dir, standard, [CITY], only="8.1").golds[0].rows == {}
