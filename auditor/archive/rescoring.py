"""A city of which nothing has changed but the scoring rule: scored and reported anew, no more.

What was found is taken from the folder of the earlier results, as ``auditor score`` takes it; no
paper is read, nothing is searched or judged, so no model is needed. The files are those that a
whole audit by the new rule would write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.archive.publishing import Files, is_whole, take_along
from auditor.choice import Choice
from auditor.core.jobs import Job
from auditor.core.run import Run
from auditor.delivering import CLAIMS_FILE, Ruling, write_page
from auditor.intake.overclaim import claim_report_from
from auditor.manifest import rules_facts
from auditor.profiles import all_profiles, load_profile
from auditor.report.intake_files import JSON_FILE as INTAKE_FILE
from auditor.scoring import score_findings
from auditor.store.records import finding_from
from auditor.store.run_folder import (
    FINDINGS_FILE,
    read_json,
    read_lines,
    read_run,
    write_json,
    write_manifest,
    write_score,
)

FROM = "rescored_from"
"""In a job's request: the files of the earlier results, which must still be as they were."""


def source_of(last: Job, folder: Path) -> Files | None:
    """The files that a city may be scored anew from; None where it has to be audited.

    Features that could not be judged are tried again by an audit, so such a city has one.
    """
    files, beside = last.result.get("files"), last.result.get("beside")
    if not files or beside is None or last.result.get("failures"):
        return None
    source = {**files, **beside}
    return source if is_whole(folder, source) else None


def ruling_of(choice: Choice) -> Ruling:
    """The rule that was chosen, and all of its edition."""
    edition = choice.edition()
    return Ruling(edition.standard, load_profile(choice.profile, edition), all_profiles(edition))


def rescored(source: Path, files: Files, draft: Path, ruling: Ruling, lang: str) -> Run:
    """Copy what was found about a city, then score and report it by another rule.

    Raises:
        RunError: a file of the earlier results cannot be read.
    """
    take_along(source, draft, files)
    found = read_run(draft)
    run = dataclasses.replace(found, manifest=_ruled(found.manifest, ruling))
    run = _scored(draft, run, ruling)
    write_manifest(draft, run)
    intake = read_json(draft / INTAKE_FILE)
    write_json(draft / INTAKE_FILE, {**intake, "manifest": _ruled(intake["manifest"], ruling)})
    run = _with_claims(draft, run)
    write_page(draft, run, ruling, lang)
    return run


def _scored(draft: Path, run: Run, ruling: Ruling) -> Run:
    """The run with its findings and their score, none where nothing was judged."""
    if not (draft / FINDINGS_FILE).is_file():
        return run
    findings = tuple(map(finding_from, read_lines(draft / FINDINGS_FILE)))
    score = score_findings(findings, ruling.standard, ruling.profile)
    write_score(draft, score)
    return dataclasses.replace(run, findings=findings, score=score)


def _ruled(manifest: Mapping[str, Any], ruling: Ruling) -> dict[str, Any]:
    return {**manifest, **rules_facts(ruling.standard, ruling.profile)}


def _with_claims(draft: Path, run: Run) -> Run:
    """The run with the city's claims, which tell our level beside the city's own."""
    file = draft / CLAIMS_FILE
    if not file.is_file() or run.score is None:
        return run
    level, interval = run.score.level, run.score.interval
    row = {**read_json(file), "level": level, "interval": list(interval)}
    write_json(file, row)
    return dataclasses.replace(run, claims=claim_report_from(row))
