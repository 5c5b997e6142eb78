"""Decisions as a labelled city that the evaluation reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.documents import Span
from auditor.core.errors import RunError
from auditor.core.findings import Citation, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.evaluation.gold import gold_cities
from auditor.labelling import write_labels
from auditor.profiles import load_profile
from auditor.reviewing import take_decisions
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import read_reviewed
from auditor.store.run_folder import REQUEST_FILE, write_json, write_run

STANDARD = load_standard()
A, B, C = (f.id for f in STANDARD.features[:3])
QUOTE = "全市已建成统一平台。"
BASE = {"kind": "decision", "author": "甲", "reason": "核对", "time": "2026-03-02T09:00:00+08:00"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    dossier = tmp_path / "dossier"
    dossier.mkdir()
    (dossier / "报告.txt").write_text(QUOTE, "utf-8")
    cited = (Citation("s", "报告.txt", None, Span(0, len(QUOTE)), QUOTE),)
    rows = []
    for feature in STANDARD.features:
        verdict = Verdict.MET if feature.id in (A, B) else Verdict.NO_EVIDENCE
        quotes = cited if verdict is Verdict.MET else ()
        rows.append(Finding(Judgement(feature.id, verdict, quotes, "", "t"), verdict, verdict))
    out = tmp_path / "run"
    score = score_findings(rows, STANDARD, load_profile())
    write_run(out, Run({"city": "云岭市"}, (), (), (), tuple(rows), score))
    write_json(out / REQUEST_FILE, {"dossier": str(dossier)})
    return out


def test_decisions_become_labels_that_the_evaluation_reads(run: Path, tmp_path: Path) -> None:
    rows = [
        {**BASE, "feature_id": A, "verdict": "met"},
        {**BASE, "feature_id": B, "verdict": "planned"},
        {**BASE, "feature_id": C, "verdict": "not_applicable", "approver": "乙"},
    ]
    take_decisions(run, enumerate(rows, 1), STANDARD)
    written = write_labels(read_reviewed(run, STANDARD), tmp_path / "gold")
    assert (written.labels, written.whole) == (2, False)
    (city,) = gold_cities(tmp_path / "gold", STANDARD.by_id)
    assert city.name == "云岭市"
    assert city.rows[A].verdict is Verdict.MET
    assert [q.text for q in city.rows[A].quotes] == [QUOTE]
    assert (city.rows[B].verdict, city.rows[B].quotes) == (Verdict.PLANNED, ())
    assert (city.documents / "报告.txt").read_text("utf-8") == QUOTE
    lines = (written.folder / "gold.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[0])["why"] == "核对"


def test_nothing_decided_and_a_lost_dossier_are_said(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no decisions"):
        write_labels(read_reviewed(run, STANDARD), tmp_path / "gold")
    take_decisions(run, [(1, {**BASE, "feature_id": A, "verdict": "met"})], STANDARD)
    write_json(run / REQUEST_FILE, {"dossier": str(tmp_path / "gone")})
    with pytest.raises(RunError, match="is gone"):
        write_labels(read_reviewed(run, STANDARD), tmp_path / "gold")
