"""The paper on an appeal: what was said before and what is said now, side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from auditor.cli.main import app
from auditor.core.documents import Document
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.findings import Citation, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.core.spans import Span
from auditor.editions import open_run
from auditor.profiles import load_profile
from auditor.report import write_report
from auditor.report.writer import APPEAL
from auditor.reviewing import take_decisions
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.appeals import APPEAL_FILE, read_appeal
from auditor.store.run_folder import write_run
from tests.unit.report.full_city import MANIFEST

STANDARD = load_standard()
RAISED, KEPT, DECIDED, LINKED = "8.1.1.1-L2-a", "8.1.1.1-L3-a", "8.1.3.1-L2-a", "8.2.4.1-L3-a"
OLD_PAPER, NEW_PAPER = "01-旧报告.txt", "02-补充材料.txt"
OLD_QUOTE, NEW_QUOTE = "将建设统一平台。", "统一平台已建成。"


def run_in(folder: Path, verdicts: dict[str, tuple[Verdict, str, str]], *names: str) -> Path:
    rows = []
    for feature in STANDARD.features:
        verdict, name, quote = verdicts.get(feature.id, (Verdict.NO_EVIDENCE, "", ""))
        cited = (Citation("s:1:0", name, 2, Span(0, len(quote)), quote),) if name else ()
        judgement = Judgement(feature.id, verdict, cited, f"理由：{quote}", "screen")
        rows.append(Finding(judgement, verdict, verdict))
    papers = tuple(Document(name, "1" * 64, "txt", "全文。", ()) for name in names)
    listed = [
        {"name": p.name, "sha256": p.sha256, "kind": "other", "issued_on": None, "pages": None,
         "characters": 3, "warnings": []}
        for p in papers
    ]  # fmt: skip
    score = score_findings(rows, STANDARD, load_profile())
    write_run(folder, Run({**MANIFEST, "documents": listed}, papers, (), (), tuple(rows), score))
    return folder


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three contested features: one raised, one upheld, one decided by a person before."""
    folder = tmp_path_factory.mktemp("appeal")
    before = (Verdict.PLANNED, OLD_PAPER, OLD_QUOTE)
    after = (Verdict.MET, NEW_PAPER, NEW_QUOTE)
    old = run_in(folder / "old", {RAISED: before, KEPT: before, DECIDED: before}, OLD_PAPER)
    decision = {"kind": "decision", "feature_id": DECIDED, "author": "评估员甲", "reason": "核对",
                "verdict": "partly_met", "time": "2026-03-02T09:00:00+08:00"}  # fmt: skip
    take_decisions(old, [(1, decision)], STANDARD)
    found = {RAISED: after, KEPT: before, DECIDED: after, LINKED: after}
    new = run_in(folder / "new", found, OLD_PAPER, NEW_PAPER)
    contested = (f"--feature={key}" for key in (RAISED, KEPT, DECIDED))
    words = ["appeal", str(old), str(new), *contested, "-o", str(folder / "next")]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return folder / "next"


def rows_of(file: Path, place: int = 0) -> dict[str, list[str]]:
    table = docx.Document(str(file)).tables[place]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    return {row[0]: row[1:] for row in rows}


def text_of(file: Path) -> str:
    return "\n".join(p.text for p in docx.Document(str(file)).paragraphs)


def test_old_and_new_evidence_stand_side_by_side(version: Path) -> None:
    rows = rows_of(version / "申诉复核表.docx")
    assert list(rows) == ["特征", RAISED, KEPT, DECIDED]
    _, old, old_cited, new, new_cited, reason, outcome = rows[RAISED]
    assert (old, new, outcome) == ("仅规划", "疑似满足", "上调")
    assert old_cited == f"{OLD_QUOTE}（{OLD_PAPER}、第 2 页）"
    assert new_cited == f"{NEW_QUOTE}（{NEW_PAPER}、第 2 页）"
    assert reason == f"理由：{NEW_QUOTE}\n（原理由：理由：{OLD_QUOTE}）"
    assert rows[KEPT][-1] == "维持"


def test_what_a_person_had_decided_waits_for_a_person(version: Path) -> None:
    row = rows_of(version / "申诉复核表.docx")[DECIDED]
    assert (row[1], row[3], row[-1]) == ("部分满足\n（复核）", "疑似满足", "待复核")
    assert "其中 1 条原有复核结论" in text_of(version / "申诉复核表.docx")


def test_the_paper_names_versions_and_added_papers(version: Path) -> None:
    text = text_of(version / "申诉复核表.docx")
    assert "申诉复核表（第 2 版）" in text
    assert f"申诉时补充的材料 1 份：{NEW_PAPER}" in text
    assert "第 1 版结果和报告原样保留" in text
    levels = rows_of(version / "申诉复核表.docx", 1)
    assert levels["城市"] == ["0", "0"]
    assert "第 2 版" in (version / "report.html").read_text("utf-8")


def test_a_later_decision_stands_in_the_next_paper(version: Path, tmp_path: Path) -> None:
    opened = open_run(version, None)
    decision = {"kind": "decision", "feature_id": RAISED, "author": "评估员甲", "reason": "有保留",
                "verdict": "mostly_met", "time": "2026-04-02T09:00:00+08:00"}  # fmt: skip
    take_decisions(version, [(1, decision)], STANDARD)
    result = open_run(version, None).result(None)
    assert result.appeal == opened.result(None).appeal
    row = rows_of(write_report(result, STANDARD, tmp_path, APPEAL))[RAISED]
    assert (row[3], row[5], row[-1]) == (
        "大部分满足\n（复核）",
        "有保留\n（原理由：理由：将建设统一平台。）",
        "上调",
    )
    english = rows_of(write_report(result, STANDARD, tmp_path, APPEAL, "en"))[RAISED]
    assert (english[1], english[-1]) == ("planned only", "raised")


def test_a_run_without_an_appeal_has_no_such_paper(version: Path, tmp_path: Path) -> None:
    result = open_run(version.parent / "old", None).result(None)
    assert result.appeal is None
    with pytest.raises(ConfigurationError, match="not made by an appeal"):
        write_report(result, STANDARD, tmp_path, APPEAL)
    done = CliRunner().invoke(app, ["report", str(version), "--format", APPEAL])
    assert done.output.strip().endswith("申诉复核表.docx")


def test_a_broken_appeal_is_named(version: Path, tmp_path: Path) -> None:
    (tmp_path / APPEAL_FILE).write_text('{"version": 2}', "utf-8")
    with pytest.raises(RunError, match=r"appeal\.json is damaged"):
        read_appeal(tmp_path)
    known = read_appeal(version)
    assert known is not None
    assert known == replace(known, before=dict(known.before))
