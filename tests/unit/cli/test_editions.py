"""A new edition of the standard: clauses by their text, and what of a run still holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from auditor.carrying import carry_run, complete_searches, read_carried
from auditor.cli.main import app
from auditor.core.documents import Document
from auditor.core.editions import diff_editions
from auditor.core.errors import RunError
from auditor.core.findings import ElementReading, Failure, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import Edition, load_edition, load_standard
from auditor.store.run_folder import read_lines, read_run, write_json, write_lines, write_run
from tests.unit.cli.second_edition import (
    ADDED,
    CHANGED,
    MOVED,
    MOVED_TO,
    NAME,
    REMOVED,
    dump,
    load,
    write_second_edition,
)

OLD = load_standard()
PLAIN = {"city": "某市", "judge": {"name": "screen", "quality": "初筛"}, "documents": []}


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("editions") / NAME
    return load_edition(str(write_second_edition(folder)))


def finding(key: str, verdict: Verdict = Verdict.MET) -> Finding:
    readings = tuple(ElementReading(e.id, verdict) for e in OLD.by_id[key].elements)
    judgement = Judgement(key, verdict, (), "", "screen", elements=readings)
    return Finding(judgement, verdict, verdict)


def written(folder: Path, rows: tuple[Finding, ...], **manifest: object) -> Path:
    facts = {**PLAIN, "standard": {"id": OLD.id, "digest": OLD.digest}, **manifest}
    write_run(folder, Run(facts, (), (), (), rows, score_findings(rows, OLD, load_profile())))
    write_lines(folder / "search.jsonl", ({"feature_id": f.feature_id} for f in rows))
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return written(tmp_path / "run", tuple(finding(f.id) for f in OLD.features))


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "200"})


def test_clauses_are_the_same_by_text_whatever_their_number(second: Edition) -> None:
    found = diff_editions(OLD, second.standard)
    assert found.renumbered == ((MOVED, MOVED_TO),)
    assert (found.changed, found.added, found.removed) == ((CHANGED,), (ADDED,), (REMOVED,))
    assert len(found.kept) == 374


def test_an_edition_against_itself_changes_nothing() -> None:
    found = diff_editions(OLD, OLD)
    assert len(found.kept) == 376
    assert not (found.renumbered or found.changed or found.added or found.removed)
    assert "未变 376 条" in call("criteria", "diff", OLD.id, OLD.id).output


def test_judgements_of_unchanged_clauses_carry_over_and_the_rest_must_be_judged(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    target = tmp_path / "next"
    done = call("criteria", "diff", OLD.id, second.folder, "--carry", run, "-o", target)
    assert done.exit_code == 0, done.output
    assert "374 条结论沿用" in done.output
    assert "2 条尚待判断" in done.output
    assert f"--criteria {second.folder} -o {target}" in done.output.replace("\n", "")
    carried = read_run(target)
    found = {f.feature_id: f for f in carried.findings}
    assert found[MOVED_TO].verdict is Verdict.MET
    assert REMOVED not in found
    for key in (CHANGED, ADDED):
        failure = found[key].outcome
        assert isinstance(failure, Failure)
        assert "须重新判断" in failure.detail
    assert carried.score is not None
    assert (carried.manifest["failures"], carried.score.failures) == (2, 2)
    assert "374 条结论沿用" in carried.manifest["judge"]["quality"]
    searched = [row["feature_id"] for row in read_lines(target / "search.jsonl")]
    assert searched == [f.id for f in second.standard.features if f.id not in (CHANGED, ADDED)]


def test_what_was_asked_for_goes_along_so_that_resume_can_judge_the_rest(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    asked = {"dossier": "d", "city": "某市", "judge": "screen"}
    write_json(run / "request.json", asked)
    call("criteria", "diff", OLD.id, second.folder, "--carry", run, "-o", tmp_path / "next")
    kept = json.loads((tmp_path / "next" / "request.json").read_text("utf-8"))
    assert kept == {**asked, "criteria": str(second.folder)}
    write_json(run / "request.json", {**asked, "judge": "none"})
    call("criteria", "diff", OLD.id, second.folder, "--carry", run, "-o", tmp_path / "other")
    assert not (tmp_path / "other" / "request.json").exists()


def test_a_run_of_one_part_carries_over_in_that_part(tmp_path: Path, second: Edition) -> None:
    part = CHANGED.partition("-")[0]
    rows = tuple(finding(f.id) for f in OLD.features if f.id.startswith(f"{part}-"))
    run = written(tmp_path / "run", rows, only=part)
    carry_run(run, tmp_path / "next", OLD, second, load_profile("ctmm", second))
    carried = read_carried(tmp_path / "next")
    assert carried is not None
    assert carried.pending == (CHANGED,)
    assert len(carried.findings) == len(rows) - 1


def test_what_could_not_be_judged_is_judged_with_the_rest(tmp_path: Path, second: Edition) -> None:
    failed = Finding(Failure(MOVED, "screen", "EndpointError", "断"), None, None)
    rows = tuple(failed if f.id == MOVED else finding(f.id) for f in OLD.features)
    run = written(tmp_path / "run", rows)
    carry_run(run, tmp_path / "next", OLD, second, load_profile("ctmm", second))
    carried = read_carried(tmp_path / "next")
    assert carried is not None
    assert set(carried.pending) == {CHANGED, MOVED_TO, ADDED}


def test_readings_of_elements_hold_only_where_the_elements_are_the_same(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    new = load_standard_with_other_elements(second, MOVED_TO)
    carry_run(run, tmp_path / "next", OLD, new, load_profile("ctmm", second))
    found = {f.feature_id: f.outcome for f in read_run(tmp_path / "next").findings}
    moved, other = found[MOVED_TO], found[OLD.features[0].id]
    assert isinstance(moved, Judgement)
    assert isinstance(other, Judgement)
    assert moved.elements == ()
    assert other.elements


def load_standard_with_other_elements(edition: Edition, key: str) -> Edition:
    """The edition with one element less at a feature."""
    domains = []
    for domain in edition.standard.domains:
        subdomains = []
        for sub in domain.subdomains:
            items = [
                replace(
                    item,
                    features=tuple(
                        replace(f, elements=f.elements[1:]) if f.id == key else f
                        for f in item.features
                    ),
                )
                for item in sub.items
            ]
            subdomains.append(replace(sub, items=tuple(items)))
        domains.append(replace(domain, subdomains=tuple(subdomains)))
    return replace(edition, standard=replace(edition.standard, domains=tuple(domains)))


def test_what_is_judged_later_stands_beside_what_was_carried(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    carry_run(run, tmp_path / "next", OLD, second, load_profile("ctmm", second))
    carried = read_carried(tmp_path / "next")
    assert carried is not None
    said = Judgement(CHANGED, Verdict.PLANNED, (), "", "other")
    rows = carried.joined([Finding(said, Verdict.PLANNED, Verdict.PLANNED)], second.standard)
    assert [f.feature_id for f in rows] == [f.id for f in second.standard.features]
    found = {f.feature_id: f for f in rows}
    assert found[CHANGED].verdict is Verdict.PLANNED
    assert isinstance(found[ADDED].outcome, Failure)
    assert rows == apply_relations(rows, second.standard.relations)
    facts = carried.facts(rows)
    assert (facts["features"], facts["pending"], facts["open"]) == (374, 2, 1)
    write_lines(tmp_path / "next" / "search.jsonl", [{"feature_id": CHANGED, "queries": []}])
    complete_searches(tmp_path / "next", carried, second.standard)
    searched = [row["feature_id"] for row in read_lines(tmp_path / "next" / "search.jsonl")]
    assert searched == [f.id for f in second.standard.features if f.id != ADDED]


def test_the_rest_is_judged_on_the_same_papers_city_and_edition_only(
    tmp_path: Path, second: Edition
) -> None:
    papers = [{"name": "报告.txt", "sha256": "1"}]
    rows = tuple(finding(f.id) for f in OLD.features)
    run = written(tmp_path / "run", rows, documents=papers)
    carry_run(run, tmp_path / "next", OLD, second, load_profile("ctmm", second))
    carried = read_carried(tmp_path / "next")
    assert carried is not None
    paper = Document("报告.txt", "1", "txt", "文", ())
    carried.require_fit(second.standard, "某市", [paper])
    for standard, city, papers_now, said in (
        (OLD, "某市", [paper], "another edition"),
        (second.standard, "另一市", [paper], "for 某市, not for 另一市"),
        (second.standard, "某市", [replace(paper, sha256="2")], "dossier has changed"),
        (second.standard, "某市", [], "dossier has changed"),
    ):
        with pytest.raises(RunError, match=said):
            carried.require_fit(standard, city, papers_now)


def test_a_run_of_another_edition_is_refused(run: Path, tmp_path: Path, second: Edition) -> None:
    other = replace(OLD, digest="sha256:other")
    with pytest.raises(RunError, match="no findings under"):
        carry_run(run, tmp_path / "next", other, second, load_profile())
    with pytest.raises(RunError, match="is there already"):
        carry_run(run, run, OLD, second, load_profile())


def test_relations_to_removed_clauses_name_the_file(tmp_path: Path) -> None:
    folder = write_second_edition(tmp_path / NAME)
    relations = load(folder / "relations.yaml")
    relations["ladders"][0]["steps"][0]["feature"] = REMOVED
    dump(folder / "relations.yaml", relations)
    done = call("criteria", "diff", OLD.id, folder)
    assert "relations.yaml" in str(done.exception)
    assert REMOVED in str(done.exception)
