"""The naive pipeline beside ours: what is shown, tokens, cost, one endpoint for both."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from auditor.core.errors import EndpointError
from auditor.core.findings import Verdict
from auditor.core.run import Case
from auditor.evaluation.gold import GoldCity, GoldQuote, GoldRow
from auditor.judge.disclosure import OpenGate
from auditor.judge.endpoints import parse_endpoint
from auditor.standard import load_standard
from auditor.voices import Hosting
from eval.compare_naive import Plan, compare_both, print_rows, rows_of
from eval.local_endpoint import local_endpoint
from eval.prompt_tokens import (
    Prompts,
    first_calls,
    measured,
    our_prompts,
    print_tokens,
    right_reply,
)
from eval.quotes_shown import pieces_of_calls, recall_shown
from eval.run_ours import Voice
from eval.subset import read_subset
from eval.worktime import Worktime
from tests.unit.evaluation.naive_fakes import answering_endpoint
from tests.unit.judge.conftest import case_for

PAPER = "临江市_2024年政府工作报告.txt"
SHOWN = "建成城市运行管理中心，接入部门系统86个，实现一屏统揽。"
ITEM = "8.3.1.1"


@pytest.fixture
def item_cases() -> list[Case]:
    item = next(i for i in load_standard().items if i.id == ITEM)
    return [case_for(feature) for feature in item.features]


def gold(cases: list[Case], *quotes: str, document: str = PAPER) -> GoldCity:
    rows = {
        case.feature.id: GoldRow(
            case.feature.id, Verdict.MET, (), False, (GoldQuote(document, quote),)
        )
        for case, quote in zip(cases, quotes, strict=False)
    }
    return GoldCity("临江市", Path(), rows)


class Characters:
    """Counts characters for tokens."""

    def count_tokens(self, prompt: tuple[str, str]) -> int:
        return len(prompt[0]) + len(prompt[1])

    def count_text(self, text: str) -> int:
        return len(text)


def test_a_gold_quote_counts_as_shown_only_in_its_document(item_cases: list[Case]) -> None:
    standard = load_standard()
    asker = Hosting("openai:none").askers(lambda _: OpenGate())[0]
    calls = first_calls(item_cases, standard, asker)
    pieces = pieces_of_calls(calls)
    assert len(calls) == 1
    assert recall_shown(gold(item_cases, SHOWN, "别处的一句话。"), pieces) == (1, 2)
    assert recall_shown(gold(item_cases, SHOWN, document="别的.txt"), pieces) == (0, 1)


def test_plans_and_features_without_quotes_are_not_asked_for(item_cases: list[Case]) -> None:
    first, second = (case.feature.id for case in item_cases[:2])
    quote = GoldQuote(PAPER, SHOWN)
    rows = {
        first: GoldRow(first, Verdict.PLANNED, (), False, (quote,)),
        second: GoldRow(second, Verdict.MET, (), False, ()),
    }
    pieces = {first: ((PAPER, SHOWN),), second: ((PAPER, SHOWN),)}
    assert recall_shown(GoldCity("临江市", Path(), rows), pieces) == (0, 0)


def test_tokens_are_counted_over_all_prompts_and_set_against_the_naive_ones(
    item_cases: list[Case],
) -> None:
    standard = load_standard()
    ways = [our_prompts(item_cases, standard, per_feature) for per_feature in (False, True)]
    naive = Prompts("naive", (("a", "bcd"),) * 5, ("ef",), {})
    table = measured(gold(item_cases, SHOWN), [naive, *ways], Characters())
    assert table["naive"] == {
        "calls": 5,
        "prompt_tokens": 20,
        "least_reply_tokens": 2,
        "shown_recall": None,
        "supported": 0,
        "of_naive": 1.0,
    }
    assert (table["per item"]["calls"], table["per feature"]["calls"]) == (1, len(item_cases))
    assert table["per item"]["prompt_tokens"] < table["per feature"]["prompt_tokens"]
    assert table["per item"]["shown_recall"] == 1.0
    row = gold(item_cases, SHOWN).rows[item_cases[0].feature.id]
    assert json.loads(right_reply(row)) == {"verdict": "met", "quote": SHOWN}
    print_tokens(Console(file=io.StringIO()), {"临江市": table})


def test_seconds_of_interrupted_sessions_add_up(tmp_path: Path) -> None:
    file = tmp_path / "work" / "seconds.txt"
    Worktime(file).add(2.5)
    later = Worktime(file)
    later.add(1.0)
    assert later.total() == 3.5
    assert Worktime().total() == 0.0


def test_rows_stand_side_by_side_with_quotes_and_cost() -> None:
    def table(lost: int, shown: list[int], calls: int) -> dict[str, object]:
        return {
            "pooled": {"qwk": 0.5},
            "quotes": {"甲市": {"not_verbatim": lost, "given": 9}},
            "shown": {"甲市": shown, "乙市": [1, 2]},
            "cost": {"calls": calls, "seconds": 2.0},
            "in_sample": ["甲市"],
        }

    tables = {"naive": table(3, [0, 2], 10), "ours": table(0, [2, 2], 2)}
    rows = rows_of(tables)
    assert rows["qwk"] == {"naive": 0.5, "ours": 0.5}
    assert rows["quotes_not_verbatim"] == {"naive": 3, "ours": 0}
    assert rows["gold_quotes_shown"] == {"naive": 0.25, "ours": 0.75}
    said = io.StringIO()
    whole = {"model": "m", "only": None, "side_by_side": rows, **tables}
    print_rows(Console(file=said, width=100), whole)
    assert "0.20" in next(line for line in said.getvalue().splitlines() if "calls" in line)
    assert "in-sample" in said.getvalue()


def test_a_local_endpoint_without_a_model_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(EndpointError, match="did not start"),
        local_endpoint(tmp_path / "none.gguf"),
    ):
        pass


@pytest.mark.model
def test_both_pipelines_run_on_one_endpoint_and_a_repeated_run_asks_nothing(tmp_path: Path) -> None:
    documents = tmp_path / "gold" / "临江市" / "documents"
    documents.mkdir(parents=True)
    (documents / PAPER).write_text(
        f"临江市2024年政府工作报告\n一、2023年工作回顾\n{SHOWN}\n", encoding="utf-8"
    )
    feature = f"{ITEM}-L1-a"
    row = {
        "id": feature,
        "verdict": "partly_met",
        "quotes": [{"document": PAPER, "text": SHOWN}],
    }
    (documents.parent / "gold.jsonl").write_text(json.dumps(row), encoding="utf-8")
    subset = read_subset(tmp_path / "gold", load_standard(), only=ITEM)
    with answering_endpoint() as url:
        voice = Voice(parse_endpoint("openai:answering", url), concurrency=2)
        plan = Plan(subset, voice, tmp_path / "out")
        first = compare_both(plan, lambda _: None)
    rows = first["side_by_side"]
    assert rows["calls"] == {"naive": len(subset.features), "ours": 1}
    assert rows["quotes_not_verbatim"] == {"naive": len(subset.features), "ours": 0}
    assert rows["citation_precision"] == {"naive": 0.0, "ours": 1.0}
    assert rows["gold_quotes_shown"] == {"naive": 1.0, "ours": 1.0}
    again = compare_both(plan, lambda _: None)  # the endpoint is gone: everything was kept
    assert again["side_by_side"]["calls"] == rows["calls"]
    assert again["side_by_side"]["qwk"] == rows["qwk"]
