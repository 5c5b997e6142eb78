"""Two runs of one city: what changed and why; decisions hold again only when reconfirmed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from auditor.cli.main import app
from auditor.comparing import changes_between, compare_runs
from auditor.core.comparison import Cause
from auditor.core.criteria import FeatureType
from auditor.core.documents import Span
from auditor.core.errors import RunError
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import Citation, Decision, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.core.site import SiteMethod, SiteVisit
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import Reviewed, read_reviewed
from auditor.store.events import append_events, finding_hash
from auditor.store.run_folder import write_run

STANDARD = load_standard()
A, B, C = "8.1.1.1-L1-a", "8.1.1.1-L2-a", "8.2.4.1-L3-a"


def finding(key: str, verdict: Verdict, quote: str = "") -> Finding:
    cited = (Citation("x", "报告.pdf", 1, Span(0, 2), quote),) if quote else ()
    return Finding(Judgement(key, verdict, cited, "理由", "screen"), verdict, verdict)


def written(folder: Path, changed: dict[str, Finding], **manifest: object) -> Reviewed:
    rows = tuple(changed.get(f.id, finding(f.id, Verdict.NO_EVIDENCE)) for f in STANDARD.features)
    facts = {"city": "某市", "documents": [{"name": "报告.pdf", "sha256": "1"}], **manifest}
    score = score_findings(rows, STANDARD, load_profile())
    write_run(folder, Run(facts, (), (), (), rows, score))
    return read_reviewed(folder, STANDARD)


def decide(reviewed: Reviewed, key: str, verdict: Verdict | None, *site: SiteVisit) -> None:
    """Put a decision into the chain, or (without a verdict) what was found on site."""
    seen = next(f for f in reviewed.run.findings if f.feature_id == key)
    said = EventContent(
        kind=EventKind.DECISION if verdict else EventKind.EVIDENCE,
        feature_id=key,
        finding_hash=finding_hash(seen),
        author="甲",
        reason="核对原文",
        time="2026-01-05T09:00:00+08:00",
        verdict=verdict,
        site=site,
    )
    append_events(reviewed.folder, [said])


def test_a_change_names_what_differs() -> None:
    plain = finding(A, Verdict.PARTLY_MET, "一句")
    decided = replace(plain, verdict=Verdict.MET, decision=Decision(Verdict.MET, "甲", "", "", "e"))
    cases = (
        (finding(A, Verdict.MET, "另一句"), {Cause.EVIDENCE}),
        (finding(A, Verdict.MET, "一句"), {Cause.MODEL}),
        (replace(plain, verdict=Verdict.MET, credited_by=(B,)), {Cause.RELATION}),
        (decided, {Cause.REVIEW}),
    )
    for after, causes in cases:
        (change,) = changes_between([plain], [after], STANDARD)
        assert set(change.causes) == causes
    assert not list(changes_between([plain], [plain], STANDARD))


def test_documents_settings_and_levels_that_differ_are_told(tmp_path: Path) -> None:
    old = written(tmp_path / "a", {}, judge={"fingerprint": "one"})
    ones = {f.id: finding(f.id, Verdict.MET, "句") for f in STANDARD.features if f.level == 1}
    papers = [{"name": "报告.pdf", "sha256": "2"}, {"name": "新.pdf", "sha256": "3"}]
    new = written(tmp_path / "b", ones, judge={"fingerprint": "two"}, documents=papers)
    found = compare_runs(old, new, STANDARD, load_profile())
    assert found.documents == {"added": ("新.pdf",), "removed": (), "changed": ("报告.pdf",)}
    assert set(found.settings) == {"judge"}
    assert ("city", 0, 1) in {(x.node_id, x.before, x.after) for x in found.levels}
    assert len(found.changes) == len(ones)


def test_runs_of_two_cities_are_not_compared(tmp_path: Path) -> None:
    old, new = written(tmp_path / "a", {}), written(tmp_path / "b", {}, city="另一市")
    with pytest.raises(RunError, match="某市"):
        compare_runs(old, new, STANDARD, load_profile())


def test_decisions_hold_again_only_when_reconfirmed_and_only_on_same_findings(
    tmp_path: Path,
) -> None:
    before = {key: finding(key, Verdict.PARTLY_MET, "一句") for key in (A, C)}
    old = written(tmp_path / "a", before)
    decide(old, A, Verdict.MET)
    decide(old, C, Verdict.MET)
    after = {A: before[A], C: finding(C, Verdict.PARTLY_MET, "另一句")}
    new = written(tmp_path / "b", after)
    found = compare_runs(read_reviewed(old.folder, STANDARD), new, STANDARD, load_profile())
    assert [e.feature_id for e in found.kept] == [A]
    assert [e.feature_id for e in found.reopened] == [C]
    assert new.decided.reviewed == 0
    words = ["compare", str(old.folder), str(new.folder), "--reconfirm", "乙"]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    again = read_reviewed(new.folder, STANDARD)
    assert again.decided.reviewed == 1
    said = again.events[0].content
    assert (said.author, said.verdict) == ("乙", Verdict.MET)
    assert said.reason == "复评重新确认：核对原文"
    CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert len(read_reviewed(new.folder, STANDARD).events) == 1


def test_a_reconfirmed_capability_takes_its_visits_along_and_needs_them(tmp_path: Path) -> None:
    capable = [f.id for f in STANDARD.features if f.types[0] is FeatureType.CAPABILITY][:2]
    seen = SiteVisit(SiteMethod.INSPECTION, "2026-01-04", "机房", ("管理员",), "设备在用")
    old = written(tmp_path / "a", {})
    decide(old, capable[0], None, seen)
    for key in capable:
        decide(old, key, Verdict.MET)
    new = written(tmp_path / "b", {})
    words = ["compare", str(old.folder), str(new.folder), "--reconfirm", "乙"]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert "已重新确认 1 条" in done.output
    assert f"须重新复核：{capable[1]}" in done.output
    (event,) = read_reviewed(new.folder, STANDARD).events
    assert (event.feature_id, event.content.site) == (capable[0], (seen,))


def test_the_command_gives_both_sides_evidence(tmp_path: Path) -> None:
    old = written(tmp_path / "a", {A: finding(A, Verdict.PARTLY_MET, "旧句")})
    new = written(tmp_path / "b", {A: finding(A, Verdict.MET, "新句")})
    words = ["compare", str(old.folder), str(new.folder)]
    shown = CliRunner().invoke(app, words, env={"COLUMNS": "200"}).output
    for text in ("部分满足", "旧句", "新句", "证据"):
        assert text in shown
    table = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert table["changes"][0]["before"]["citations"][0]["quote"] == "旧句"
