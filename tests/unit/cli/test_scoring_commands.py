"""The commands over stored findings: score, stress, gap, what-if, profile, review, log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from auditor.core.criteria import FeatureType
from auditor.core.errors import AuditorError
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.run_folder import write_run

STANDARD = load_standard()
SHORT = ("8.6.1.1-L1-a", "8.2.4.1-L1-b")
CAPABILITY = next(f.id for f in STANDARD.features if f.types[0] is FeatureType.CAPABILITY)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A run whose level-1 features are met but two, and nothing else is shown."""
    rows = []
    for feature in STANDARD.features:
        met = feature.level == 1 and feature.id not in SHORT
        verdict = Verdict.MET if met else Verdict.NO_EVIDENCE
        judgement = Judgement(
            feature.id,
            verdict,
            (),
            "",
            "screen",
            probabilities={verdict: 0.9, Verdict.PLANNED: 0.1},
        )
        rows.append(Finding(judgement, verdict, verdict))
    score = score_findings(rows, STANDARD, load_profile())
    folder = tmp_path / "run"
    write_run(folder, Run({"city": "某市"}, (), (), (), tuple(rows), score))
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "160"})


def done(*words: object) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.output


def loaded(*words: object) -> Any:
    return json.loads(done(*words, "--json"))


def decisions(file: Path, *rows: dict[str, Any]) -> Path:
    base = {
        "kind": "decision", "author": "评估员甲", "reason": "核对原文",
        "time": "2026-11-02T10:00:00+08:00",
    }  # fmt: skip
    lines = (json.dumps({**base, **row}, ensure_ascii=False) for row in rows)
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_score_keeps_the_numbers_apart(out: Path, tmp_path: Path) -> None:
    before = loaded("score", out)
    assert before["level"] == 0
    assert before["reviewed"] is None
    rows = [{"feature_id": key, "verdict": "met"} for key in SHORT]
    done("review", "import", out, decisions(tmp_path / "d.jsonl", *rows))
    after = loaded("score", out)
    levels = [after["level"], after["reviewed"]["level"], after["confirmed"]["level"]]
    assert levels == [0, 1, 0]
    assert (after["decided"], after["counted"]) == (2, 376)
    assert "已复核 2/376" in done("score", out)


def test_score_writes_the_same_bytes_every_time(out: Path) -> None:
    done("score", out)
    first = (out / "standing.json").read_bytes()
    done("score", out)
    assert (out / "standing.json").read_bytes() == first


def test_stress_tells_what_every_rule_and_flip_would_give(out: Path) -> None:
    found = loaded("stress", out, "--draws", 200)
    assert {row["rule"] for row in found["profiles"]} >= {"ctmm", "literal", "bottleneck"}
    city = [f for f in found["flips"] if f["node"] == "city"]
    assert [(f["up"], f["level"], len(f["features"])) for f in city] == [(True, 1, 1)]
    assert set(city[0]["features"]) < set(SHORT)
    assert sum(found["draws"]["levels"]["city"]) == pytest.approx(1.0)
    assert found == loaded("stress", out, "--draws", 200)


def test_draws_without_chances_ask_for_assumptions_and_name_them(out: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (out / "findings.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        line["probabilities"] = None
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (out / "findings.jsonl").write_text(text, "utf-8")
    refused = call("stress", out)
    assert isinstance(refused.exception, AuditorError)
    assert "--assume" in refused.exception.hint
    file = tmp_path / "assumed.yaml"
    sure = {v.value: {v.value: 1.0} for v in Verdict}
    file.write_text(yaml.safe_dump({"note": "假定", "chances": sure}), "utf-8")
    found = loaded("stress", out, "--draws", 10, "--assume", file)
    assert found["draws"]["assumed"] == 376
    assert found["draws"]["assumptions"] == str(file)


def test_gap_names_a_smallest_set_first_and_what_each_lacks(out: Path) -> None:
    found = loaded("gap", out, "--to", 1)
    assert found["smallest"] == 1
    assert {row["feature_id"] for row in found["rows"]} == set(SHORT)
    assert [row["smallest"] for row in found["rows"]] == [True, False]
    assert all(row["lacking"] and row["evidence"] for row in found["rows"])
    assert "至少还须 1 条" in done("gap", out, "--to", 1)
    assert "已达 1 级" in done("gap", out, "--to", 1, "--domain", "8.3")


def test_what_if_shows_the_new_score_beside_the_old(out: Path, tmp_path: Path) -> None:
    file = tmp_path / "assumed.yaml"
    file.write_text("".join(f"{key}: met\n" for key in SHORT), "utf-8")
    found = loaded("what-if", out, file)
    assert (found["before"]["level"], found["after"]["level"]) == (0, 1)
    assert "城市：0 级 → 1 级" in done("what-if", out, file)
    file.write_text("8.9.9.9-L1-a: met\n", "utf-8")
    assert "was not judged" in str(call("what-if", out, file).exception)


def test_ones_own_rule_is_written_checked_compared_and_used(out: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    done("profile", "new", own, "--like", "iso33020")
    own.write_text(own.read_text("utf-8").replace('above: "0.5"', 'above: "0.99"'), "utf-8")
    assert "own v1" in done("profile", "check", own)
    rows = loaded("profile", "diff", "iso33020", own)
    assert rows == [{"part": "own", "one": "> 50%", "two": "> 99%"}]
    assert loaded("score", out, "--profile", own)["profile"] == "own"
    assert "is there already" in str(call("profile", "new", own).exception)


def test_decisions_come_in_once_and_bad_rows_are_named(out: Path, tmp_path: Path) -> None:
    file = decisions(
        tmp_path / "d.jsonl",
        {"feature_id": SHORT[0], "verdict": "met"},
        {"feature_id": SHORT[1], "verdict": "not_applicable"},
        {"feature_id": "8.9.9.9-L1-a", "verdict": "met"},
        {"feature_id": CAPABILITY, "verdict": "splendid"},
    )
    result = call("review", "import", out, file)
    assert result.exit_code == 1
    assert "新增 1 条" in result.output
    for words in ("第 2 行", "没有批准人", "第 3 行", "没有该特征", "第 4 行"):
        assert words in result.output
    again = call("review", "import", out, file)
    assert "新增 0 条，已有 1 条" in again.output
    assert "评估员甲" in done("review", "list", out)


INTERVIEW = {
    "method": "interview",
    "date": "2026-01-01",
    "place": "厅",
    "roles_present": "科长",
    "result": "称已建成",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"approver": None},
        {"reason": None},
        {"author": 7},
        {"time": "gestern"},
        {"more": 1},
        {"site": [INTERVIEW]},
    ],
)
def test_values_of_a_wrong_kind_never_reach_the_log(
    out: Path, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    row = {"feature_id": SHORT[0], "verdict": "met", **wrong}
    result = call("review", "import", out, decisions(tmp_path / "d.jsonl", row))
    assert result.exit_code == 1
    assert "不是复核记录" in result.output
    assert not (out / "events.jsonl").is_file()


def test_brackets_in_a_reason_are_printed_as_they_are(out: Path, tmp_path: Path) -> None:
    row = {"feature_id": SHORT[0], "verdict": "met", "reason": "见附件[/2024]目录"}
    done("review", "import", out, decisions(tmp_path / "d.jsonl", row))
    assert "见附件[/2024]目录" in done("review", "list", out)


def test_what_if_lifts_no_decision_of_a_person(out: Path, tmp_path: Path) -> None:
    rule = next(s for s in STANDARD.relations.supersessions if s.kind == "A" and not s.demand)
    rows = [
        {"feature_id": rule.by[0], "verdict": "met"},
        {"feature_id": rule.feature_id, "verdict": "not_met"},
    ]
    done("review", "import", out, decisions(tmp_path / "d.jsonl", *rows))
    file = tmp_path / "assumed.yaml"
    file.write_text(f"{SHORT[0]}: no_evidence\n", "utf-8")
    found = loaded("what-if", out, file)
    assert found["before"]["nodes"] == found["after"]["nodes"]


def test_rules_whose_smallest_sets_cannot_be_told_say_so(out: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    done("profile", "new", own)
    weights = {f.id: f"0.{1000 + 7 * n}" for n, f in enumerate(STANDARD.features)}
    text = own.read_text("utf-8") + yaml.safe_dump({"weights": weights})
    own.write_text(text, "utf-8")
    found = loaded("gap", out, "--to", 1, "--profile", own)
    assert (found["smallest"], found["proved"]) == (None, False)
    assert "无法精确求出" in done("gap", out, "--to", 1, "--profile", own)


def test_the_confirmed_level_counts_nothing_undecided(out: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    done("profile", "new", own)
    text = own.read_text("utf-8") + "unresolved: {no_evidence: left_out, failure: left_out}\n"
    own.write_text(text, "utf-8")
    rows = [{"feature_id": key, "verdict": "met"} for key in SHORT]
    done("review", "import", out, decisions(tmp_path / "d.jsonl", *rows))
    assert loaded("score", out, "--profile", own)["confirmed"]["level"] == 0


def test_an_export_goes_into_another_copy_and_every_cut_is_found(out: Path, tmp_path: Path) -> None:
    rows = [{"feature_id": key, "verdict": "met"} for key in SHORT]
    done("review", "import", out, decisions(tmp_path / "d.jsonl", *rows))
    head = loaded("review", "list", out)[-1]["hash"]
    exported = tmp_path / "export.jsonl"
    done("review", "export", out, "-o", exported)
    log = out / "events.jsonl"
    first, second = log.read_text("utf-8").splitlines()
    log.write_text(first + "\n", "utf-8")
    assert "1 条复核记录" in done("log", "verify", out)
    assert "末尾缺少记录" in call("log", "verify", out, "--head", head).output
    done("review", "import", out, exported)
    assert log.read_text("utf-8").splitlines() == [first, second]
    done("log", "verify", out, "--head", head)
