"""A finished audit -> its run folder: the results, what came of the intake, the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.carrying import complete_searches
from auditor.core.criteria import Standard
from auditor.core.run import Run
from auditor.core.scores import Profile
from auditor.intake.overclaim import claims_json
from auditor.pipeline import Parts
from auditor.report import write_report
from auditor.report.intake_files import write_intake
from auditor.standing import result_of, reviewed_run
from auditor.store.run_folder import write_json, write_run

CLAIMS_FILE = "claims.json"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule that scores a run, and those that a report shows beside it."""

    standard: Standard
    profile: Profile
    others: tuple[Profile, ...]


def deliver(out: Path, result: Run, parts: Parts, lang: str) -> Path:
    """Write everything that ``auditor run`` leaves in a folder; gives the page of the report."""
    write_run(out, result)
    if parts.carried is not None:
        complete_searches(out, parts.carried, parts.standard)
    if result.intake is not None:
        write_intake(result.intake, parts.standard, out, lang)
    if result.claims is not None:
        data = claims_json(result.claims, result.problems, result.evidence)
        write_json(out / CLAIMS_FILE, data)
    return write_page(out, result, Ruling(parts.standard, parts.profile, parts.rules), lang)


def write_page(out: Path, result: Run, ruling: Ruling, lang: str) -> Path:
    """Write the page of the report; gives its path."""
    reviewed = reviewed_run(out, result, ruling.standard)
    whole = result_of(reviewed, ruling.standard, ruling.profile, ruling.others)
    return write_report(whole, ruling.standard, out, "html", lang)
