"""A run folder's findings, events and claims -> the numbers of its result, under one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import RunError
from auditor.core.findings import Failure, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.core.scores import Profile, Score
from auditor.core.standing import Standing
from auditor.deciding import Decided, decide
from auditor.scoring import score_findings
from auditor.store.events import finding_hash, read_events
from auditor.store.run_folder import read_json, read_run

CLAIMS_FILE = "claims.json"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A run with the decisions of people in its findings."""

    folder: Path
    run: Run
    decided: Decided

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, people's decisions in the place of the machine's."""
        return self.decided.findings


def read_reviewed(folder: Path, standard: Standard) -> Reviewed:
    """Read a run and the review events beside it.

    Raises:
        RunError: the folder is no finished run, was never judged, or its events are broken.
    """
    run = read_run(folder)
    if run.score is None:
        raise RunError(f"{folder} holds no findings.", hint="Run it with a judge.")
    events = read_events(folder)
    return Reviewed(folder, run, decide(run.findings, events, standard, finding_hash))


def standing_of(reviewed: Reviewed, standard: Standard, profile: Profile) -> Standing:
    """All numbers of a run under one rule, each by the scorer itself."""
    decided = reviewed.decided
    machine = score_findings(reviewed.run.findings, standard, profile)
    after = score_findings(decided.findings, standard, profile) if decided.reviewed else None
    alone = replace(profile, proof=None)
    claims, level = claims_of(reviewed.folder)
    return Standing(
        machine=machine,
        reviewed=after,
        confirmed=score_findings(confirmed_only(decided.findings), standard, alone),
        claimed=_claimed_score(claims, standard, alone),
        claimed_level=level,
        decided=decided.reviewed,
        counted=len(decided.findings),
        stale=tuple(event.feature_id for event in decided.stale),
    )


def confirmed_only(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with nothing shown where no person has decided."""
    return tuple(f if f.decision is not None else _silent(f) for f in findings)


def _silent(finding: Finding) -> Finding:
    silence = Verdict.NO_EVIDENCE
    if isinstance(finding.outcome, Failure):
        return replace(finding, verdict=None, direct_verdict=None)
    return replace(finding, verdict=silence, direct_verdict=silence, credited_by=())


def claims_of(folder: Path) -> tuple[Mapping[str, Verdict], int | None]:
    """What the city claims by feature, and the level that it claims; nothing without a form."""
    file = folder / CLAIMS_FILE
    if not file.is_file():
        return {}, None
    row = read_json(file)
    claims = {
        claim["feature_id"]: Verdict(claim["claimed"])
        for claim in row["claims"]
        if claim["claimed"] != "not_applicable"
    }
    return claims, row["claimed_level"]


def _claimed_score(
    claims: Mapping[str, Verdict], standard: Standard, profile: Profile
) -> Score | None:
    if not claims:
        return None
    rows = [assumed_finding(f.id, claims.get(f.id)) for f in standard.features]
    return score_findings(rows, standard, profile)


def assumed_finding(feature_id: str, verdict: Verdict | None) -> Finding:
    """A finding of a verdict that somebody assumes or claims, no_evidence for None."""
    given = verdict or Verdict.NO_EVIDENCE
    return Finding(Judgement(feature_id, given, (), "", "assumed"), given, given)
