"""An appeal: contested features only, a new version beside the old, decisions kept or waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from auditor.appealing import appeal
from auditor.cli.main import app
from auditor.core.documents import Document
from auditor.core.errors import RunError
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.report import write_report
from auditor.reviewing import take_decisions
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import read_reviewed, result_of
from auditor.store.run_folder import read_run, write_run
from tests.unit.report.full_city import MANIFEST

STANDARD = load_standard()
A, B, C = "8.1.1.1-L2-a", "8.1.1.1-L3-a", "8.2.4.1-L3-a"
RULE = load_profile()


def paper(name: str, sha256: str) -> Document:
    return Document(name, sha256 * 64, "txt", "全文。", ())


def run_in(
    folder: Path, verdicts: dict[str, Verdict], *papers: Document, city: str = "某市"
) -> Path:
    rows = []
    for feature in STANDARD.features:
        verdict = verdicts.get(feature.id, Verdict.NO_EVIDENCE)
        rows.append(Finding(Judgement(feature.id, verdict, (), "", "screen"), verdict, verdict))
    said = {"kind": "other", "issued_on": None, "pages": None, "characters": 3, "warnings": []}
    listed = [{"name": p.name, "sha256": p.sha256, **said} for p in papers]
    manifest = {**MANIFEST, "city": city, "documents": listed}
    score = score_findings(rows, STANDARD, RULE)
    write_run(folder, Run(manifest, papers, (), (), tuple(rows), score))
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """The first run, decided on two features, and one with a new paper that also changed C."""
    old = run_in(tmp_path / "old", {C: Verdict.MET}, paper("a.txt", "1"))
    base = {"kind": "decision", "author": "甲", "reason": "核对"}
    base["time"] = "2026-03-02T09:00:00+08:00"
    rows = [{**base, "feature_id": key, "verdict": "partly_met"} for key in (A, B)]
    take_decisions(old, list(enumerate(rows, 1)), STANDARD)
    found = {A: Verdict.MET, C: Verdict.PLANNED}
    return old, run_in(tmp_path / "new", found, paper("a.txt", "1"), paper("b.txt", "2"))


def test_only_the_contested_feature_is_reopened(runs: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = runs
    appeal(old, new, {A}, tmp_path / "next", STANDARD, RULE)
    after = read_reviewed(tmp_path / "next", STANDARD)
    found = {f.feature_id: f for f in after.findings}
    assert found[A].verdict is Verdict.MET
    assert found[C].verdict is Verdict.MET
    assert found[B].decision is not None
    assert [event.feature_id for event in after.decided.stale] == [A]
    assert [d.name for d in after.run.documents] == ["a.txt", "b.txt"]
    assert read_run(old).manifest.get("version") is None


def test_the_new_version_says_so_in_its_report(runs: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["appeal", *map(str, runs), "--feature", A, "-o", str(tmp_path / "next")]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert "第 2 版" in done.output
    result = result_of(read_reviewed(tmp_path / "next", STANDARD), STANDARD, RULE)
    page = write_report(result, STANDARD, tmp_path, "docx")
    assert page.is_file()
    assert result.run.manifest["version"] == 2


def test_what_does_not_fit_is_refused_by_name(runs: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = runs
    with pytest.raises(RunError, match="is there already"):
        appeal(old, new, {A}, old, STANDARD, RULE)
    with pytest.raises(RunError, match=r"8\.9\.9\.9-L1-a was not judged"):
        appeal(old, new, {"8.9.9.9-L1-a"}, tmp_path / "next", STANDARD, RULE)
    other = run_in(tmp_path / "other", {}, city="另一市")
    with pytest.raises(RunError, match="differ in city"):
        appeal(old, other, {A}, tmp_path / "next", STANDARD, RULE)
    changed = run_in(tmp_path / "changed", {}, paper("a.txt", "9"))
    with pytest.raises(RunError, match=r"a\.txt is another paper"):
        appeal(old, changed, {A}, tmp_path / "next", STANDARD, RULE)
