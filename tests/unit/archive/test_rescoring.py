"""A city that is only scored by another rule has the files of a whole audit by that rule."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.engines import Told
from auditor.archive.passing import Archive, Means, ask_for, begin, plan_of
from auditor.archive.planning import Standing
from auditor.archive.publishing import beside_of, files_of
from auditor.archive.request import ArchiveRequest, keep_request
from auditor.archive.rescoring import rescored, ruling_of, source_of
from auditor.choice import Choice
from auditor.core.claims import Claim, ClaimedVerdict, MatchedEvidence, Place, SelfAssessment
from auditor.core.errors import RunError
from auditor.core.findings import Finding, Judgement
from auditor.core.intake import Intake
from auditor.core.jobs import Job, JobState
from auditor.core.run import Run, Silence
from auditor.delivering import Ruling, deliver
from auditor.ingest.taking import Settings
from auditor.intake.overclaim import claim_report_from, claim_report_json, compare_claims
from auditor.manifest import rules_facts
from auditor.pipeline import Parts
from auditor.report import write_report
from auditor.scoring import score_findings
from auditor.standing import read_reviewed, result_of
from tests.inline_engine import InlineEngine
from tests.unit.report.intake_samples import covered
from tests.unit.report.laden_city import laden_city

LINE = Place("自评表.xlsx", "自评表", 3)


class Absent:
    """Parts that nothing may ask: a run is delivered, not made."""

    name = fingerprint = quality = ""
    together = False

    def search(self, *_: Any) -> tuple[()]:
        raise AssertionError("searched")

    def judge(self, _: Sequence[Any]) -> list[Any]:
        raise AssertionError("judged")

    def get(self, _: str) -> None:
        raise AssertionError("asked")

    def put_all(self, _: Mapping[str, Any]) -> None:
        raise AssertionError("kept")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An audit that is over but for its score: with refused papers, claims and an intake."""
    run = laden_city(tmp_path_factory.mktemp("city")).run
    rows = tuple(f for f in run.findings if isinstance(f.outcome, Judgement))
    return replace(run, findings=rows, score=None)


def audited(folder: Path, found: Run, ruling: Ruling, *, claims: bool = True) -> Path:
    """Write the folder of a whole audit under a rule."""
    score = score_findings(found.findings, ruling.standard, ruling.profile) if claims else None
    manifest = {**found.manifest, **rules_facts(ruling.standard, ruling.profile)}
    findings: tuple[Finding, ...] = found.findings if claims else ()
    whole = replace(
        found,
        manifest=manifest,
        findings=findings,
        score=score,
        intake=Intake("云岭市", found.documents, found.left_out, (covered(),), manifest),
        claims=claimed(found, ruling) if claims else None,
    )
    nothing = Absent()
    parts = Parts(
        ruling.standard, ruling.profile, nothing, None, nothing, Settings(), nothing, Silence(), {},
        rules=ruling.others,
    )  # fmt: skip
    deliver(folder, whole, parts, "zh")
    return folder


def claimed(found: Run, ruling: Ruling) -> Any:
    every = [
        Claim(f.feature_id, ClaimedVerdict.MET, "", "市数据局", LINE) for f in found.findings[::5]
    ]
    score = score_findings(found.findings, ruling.standard, ruling.profile)
    assessment = SelfAssessment(tuple(every), claimed_level=3)
    return compare_claims(assessment, found.findings, ruling.standard, MatchedEvidence(), score)


def all_bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def rule(name: str) -> Ruling:
    return ruling_of(Choice("", "", profile=name))


@pytest.mark.parametrize("judged", [True, False])
def test_the_bytes_are_those_of_a_whole_audit_by_the_new_rule(
    tmp_path: Path, found: Run, judged: bool
) -> None:
    before = audited(tmp_path / "ctmm", found, rule("ctmm"), claims=judged)
    wanted = all_bytes(audited(tmp_path / "literal", found, rule("literal"), claims=judged))
    files = {**files_of(before), **beside_of(before)}
    (before / "events.jsonl").write_text("{}\n", encoding="utf-8")
    (before / "评估报告.docx").write_bytes(b"somebody's")
    run = rescored(before, files, tmp_path / "new", rule("literal"), "zh")
    now = all_bytes(tmp_path / "new")
    assert now.keys() == wanted.keys()
    assert [name for name in now if now[name] != wanted[name]] == []
    if judged:
        assert run.score is not None and run.score.profile == "literal"
        assert now["score.json"] != (before / "score.json").read_bytes()


def test_a_city_is_audited_where_its_folder_is_not_whole_or_features_failed(
    tmp_path: Path, found: Run
) -> None:
    folder = audited(tmp_path / "city", found, rule("ctmm"))
    result = {"files": files_of(folder), "beside": beside_of(folder), "failures": 0}
    assert source_of(job(result), folder) == {**result["files"], **result["beside"]}
    assert source_of(job({**result, "failures": 2}), folder) is None
    assert source_of(job({"files": result["files"]}), folder) is None
    assert source_of(job(result), tmp_path / "nowhere") is None
    for name in ("findings.jsonl", "claims.json", "补充材料清单.docx"):
        other = tmp_path / name
        shutil.copytree(folder, other)
        (other / name).write_bytes(b"other")
        assert source_of(job(result), other) is None


def job(result: Mapping[str, Any]) -> Job:
    return Job("k", "city", "云岭市", {}, JobState.DONE, result=result)


def test_a_comparison_of_claims_is_read_back_as_it_was_told(found: Run) -> None:
    told = claim_report_json(claimed(found, rule("ctmm")))
    assert told["claims"] and claim_report_json(claim_report_from(told)) == told


class Heard:
    """A view that only remembers."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def hear(self, told: Told) -> None:
        self.told.append(told)

    def tick(self) -> None:
        pass


def as_audited(archive: Archive, found: Run) -> Path:
    """Have the archive's only city done by ``ctmm``, as an audit would have left it."""
    (city,) = plan_of(archive).cities
    archive.out.mkdir()
    keep_request(archive.out, archive.asked)
    store = archive.store()
    store.plan([city.job])
    lease = store.lease("w")
    folder = audited(archive.out / "cities" / city.job.subject, found, rule("ctmm"))
    result = {"files": files_of(folder), "beside": beside_of(folder), "failures": 0}
    assert lease is not None and store.accept(lease, result)
    store.close()
    return folder


def test_a_pass_of_nothing_but_another_rule_loads_no_model(
    tmp_path: Path, found: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.archive.city.build_common", _loaded)
    paper = tmp_path / "in" / "云岭市" / "报告.txt"
    paper.parent.mkdir(parents=True)
    paper.write_text("云岭市工作报告", encoding="utf-8")
    asked = ArchiveRequest(str(tmp_path / "in"), Choice("", "", judge="screen"))
    means = Means(InlineEngine, workers=1)
    folder = as_audited(ask_for(tmp_path / "out", asked, means), found)
    (folder / "events.jsonl").write_text("", encoding="utf-8")
    literal = replace(asked, choice=replace(asked.choice, profile="literal"))
    archive, view = ask_for(tmp_path / "out", literal, means), Heard()
    plan = plan_of(archive)
    assert plan.count(Standing.RESCORED) == 1
    summary = begin(archive, plan, view)
    assert summary["counts"]["done"] == summary["rescored"] == 1, view.told
    (row,) = summary["cities"]
    assert row["counts"]["features_rescored"] == row["features"] == len(found.findings)
    assert sum(row["counts"].values()) == row["features"] and row["usage"] is None
    now = all_bytes(folder)
    assert json.loads(now.pop("request.json"))["profile"] == "literal"
    assert now == all_bytes(audited(tmp_path / "wanted", found, rule("literal")))
    assert (tmp_path / "out/earlier/云岭市~1/events.jsonl").is_file()
    assert plan_of(archive).count(Standing.UNCHANGED) == 1


def _loaded(*_: Any) -> Any:
    raise AssertionError("a model was loaded")


def test_a_report_that_is_written_later_is_that_of_the_audit_with_the_claims(
    tmp_path: Path, found: Run
) -> None:
    ruling = rule("ctmm")
    folder = audited(tmp_path / "city", found, ruling)
    page = folder / "report.html"
    at_once = page.read_bytes()
    page.unlink()
    reviewed = read_reviewed(folder, ruling.standard)
    whole = result_of(reviewed, ruling.standard, ruling.profile, ruling.others)
    assert whole.run.claims is not None and whole.run.claims.claimed_level == 3
    assert write_report(whole, ruling.standard, folder, "html", "zh").read_bytes() == at_once
    (folder / "claims.json").write_text('{"claims": [{"feature_id": 7}]}', encoding="utf-8")
    with pytest.raises(RunError, match="is damaged"):
        result_of(reviewed, ruling.standard, ruling.profile, ruling.others)
