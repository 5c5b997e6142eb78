"""A new edition of the standard: clauses by their text, and what of a run still holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from auditor.cli.main import app
from auditor.core.criteria import Feature, Relations, Standard
from auditor.core.errors import RunError
from auditor.core.findings import Failure, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.editions import carry_run, diff_editions
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.run_folder import read_run, write_run

OLD = load_standard()
CHANGED, MOVED, GONE = (f.id for f in OLD.features[:3])


def edited(edit: Callable[[Feature], Feature | None]) -> Standard:
    """The standard with its features edited, None leaves one out."""
    domains = []
    for domain in OLD.domains:
        subdomains = []
        for sub in domain.subdomains:
            items = []
            for item in sub.items:
                kept = (edit(f) for f in item.features)
                items.append(replace(item, features=tuple(f for f in kept if f is not None)))
            subdomains.append(replace(sub, items=tuple(items)))
        domains.append(replace(domain, subdomains=tuple(subdomains)))
    return replace(
        OLD, id="new", domains=tuple(domains), digest="sha256:new", relations=Relations()
    )


def new_edition() -> Standard:
    def edit(feature: Feature) -> Feature | None:
        if feature.id == CHANGED:
            return replace(feature, text=feature.text + "，并每年评估")
        if feature.id == MOVED:
            return replace(feature, id=f"{feature.id}z", text=feature.text + " \n")
        return None if feature.id == GONE else feature

    return edited(edit)


def test_clauses_are_the_same_by_text_whatever_their_number() -> None:
    found = diff_editions(OLD, new_edition())
    assert found.renumbered == ((MOVED, f"{MOVED}z"),)
    assert (found.changed, found.added, found.removed) == ((CHANGED,), (), (GONE,))
    assert len(found.kept) == 374


def test_an_edition_against_itself_changes_nothing() -> None:
    found = diff_editions(OLD, OLD)
    assert len(found.kept) == 376
    assert not (found.renumbered or found.changed or found.added or found.removed)
    done = CliRunner().invoke(app, ["criteria", "diff", OLD.id, OLD.id])
    assert "未变 376 条" in done.output


@pytest.fixture
def run(tmp_path: Path) -> Path:
    rows = tuple(
        Finding(Judgement(f.id, Verdict.MET, (), "", "test"), Verdict.MET, Verdict.MET)
        for f in OLD.features
    )
    manifest = {"city": "某市", "standard": {"id": OLD.id, "digest": OLD.digest}}
    score = score_findings(rows, OLD, load_profile())
    write_run(tmp_path / "run", Run(manifest, (), (), (), rows, score))
    return tmp_path / "run"


def test_findings_of_unchanged_clauses_carry_over_and_the_rest_must_be_judged(
    run: Path, tmp_path: Path
) -> None:
    new = new_edition()
    carry_run(run, tmp_path / "next", OLD, new, load_profile())
    found = {f.feature_id: f for f in read_run(tmp_path / "next").findings}
    assert found[f"{MOVED}z"].verdict is Verdict.MET
    failure = found[CHANGED].outcome
    assert isinstance(failure, Failure)
    assert "重新判断" in failure.detail
    assert GONE not in found
    carried = read_run(tmp_path / "next")
    assert carried.manifest["failures"] == 1
    assert carried.score is not None
    assert carried.score.failures == 1


def test_a_run_of_another_edition_is_refused(run: Path, tmp_path: Path) -> None:
    other = replace(OLD, digest="sha256:other")
    with pytest.raises(RunError, match="no findings under"):
        carry_run(run, tmp_path / "next", other, new_edition(), load_profile())
    with pytest.raises(RunError, match="is there already"):
        carry_run(run, run, OLD, new_edition(), load_profile())
