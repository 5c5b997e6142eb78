"""A run folder's findings, events and claims -> the numbers of its result, under one rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.core.claims import ClaimedVerdict
from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.events import ReviewEvent
from auditor.core.findings import Failure, Finding, Judgement, Verdict
from auditor.core.result import Result
from auditor.core.run import Run
from auditor.core.scores import Profile, Score, Treatment
from auditor.core.standing import Standing
from auditor.deciding import Decided, decide
from auditor.intake.overclaim import claim_report_from
from auditor.profiles import DEFAULT_PROFILE, all_profiles, load_profile, profiles
from auditor.scoring import score_findings
from auditor.scoring.gap import gap_to
from auditor.scoring.kept import KeptNodes
from auditor.scoring.stress import ruled
from auditor.standard import Edition
from auditor.store.appeals import read_appeal
from auditor.store.elsewhere import read_elsewhere
from auditor.store.events import finding_hash, read_events
from auditor.store.run_folder import read_json, read_run
from auditor.store.stress import read_stress

CLAIMS_FILE = "claims.json"
TOP = 5


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A run with the decisions of people in its findings."""

    folder: Path
    run: Run
    decided: Decided
    events: tuple[ReviewEvent, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, people's decisions in the place of the machine's."""
        return self.decided.findings


def read_reviewed(folder: Path, standard: Standard) -> Reviewed:
    """Read a run and the review events beside it.

    Raises:
        RunError: the folder is no finished run, was never judged, was made with another edition,
            or its events are broken.
    """
    run = read_run(folder)
    if run.score is None:
        raise RunError(f"{folder} holds no findings.", hint="Run it with a judge.")
    made_by = run.manifest.get("standard", {}).get("digest", standard.digest)
    if made_by != standard.digest:
        raise RunError(
            f"{folder} was made with another edition of the standard than {standard.id}.",
            hint="Name its edition (--criteria FOLDER), or carry the run over: "
            "auditor criteria diff OLD NEW --carry RUN -o OUT.",
        )
    return reviewed_run(folder, run, standard)


def reviewed_run(folder: Path, run: Run, standard: Standard) -> Reviewed:
    """A run that is at hand, with the review events of its folder."""
    events = read_events(folder)
    decided = decide(run.findings, events, standard, finding_hash)
    return Reviewed(folder, run, decided, events)


def rule_of_run(run: Run, name: str | None, edition: Edition | None = None) -> Profile:
    """The rule that was named, else the one that the run was made with, of its edition.

    Raises:
        ConfigurationError: none is named, and the run was made with a rule of somebody's own.
        CriteriaError: the named one is unknown or broken.
    """
    if name:
        return load_profile(name, edition)
    own = run.manifest.get("profile", {}).get("id", DEFAULT_PROFILE)
    if own not in profiles(edition):
        raise ConfigurationError(
            f"This run was made with the rule {own}, which does not ship.",
            hint="Name its file: --profile own.yaml.",
        )
    return load_profile(own, edition)


def result_of(
    reviewed: Reviewed,
    standard: Standard,
    profile: Profile,
    others: Sequence[Profile] | None = None,
) -> Result:
    """All that reports tell of a run, under one rule and beside others (None: all that ship)."""
    others = all_profiles() if others is None else others
    every = (profile, *(p for p in others if p.digest != profile.digest))
    standing = standing_of(reviewed, standard, profile)
    level = standing.shown.level
    gap = None
    if level < TOP and reviewed.findings:
        gap = gap_to(reviewed.findings, standard, profile, level + 1)
    rules = tuple(ruled(reviewed.findings, standard, p) for p in every)
    stress = read_stress(reviewed.folder)
    return Result(
        run=with_claims(reviewed.run, reviewed.folder),
        findings=reviewed.findings,
        events=reviewed.events,
        standing=standing,
        gap=gap,
        claims=claimed_verdicts(reviewed.folder),
        rules=rules,
        hashes={f.feature_id: finding_hash(f) for f in reviewed.run.findings},
        stress=stress if stress is not None and stress.fits(rules[0]) else None,
        appeal=read_appeal(reviewed.folder),
        elsewhere=read_elsewhere(reviewed.folder),
    )


@dataclass(slots=True)
class KeptNumbers:
    """What is known of the numbers of one run under one rule, for who asks after every decision.

    ``nodes``: what nodes came to under the rule; ``alone``: the same where only a person's word
    counts; ``machine``: the score of the machine's findings, which do not change.
    """

    nodes: KeptNodes = field(default_factory=KeptNodes)
    alone: KeptNodes = field(default_factory=KeptNodes)
    machine: Score | None = None


def standing_of(
    reviewed: Reviewed, standard: Standard, profile: Profile, kept: KeptNumbers | None = None
) -> Standing:
    """All numbers of a run under one rule, each by the scorer itself."""
    decided, kept = reviewed.decided, kept or KeptNumbers()
    machine = kept.machine
    if machine is None:
        machine = score_findings(reviewed.run.findings, standard, profile, kept.nodes)
        kept.machine = machine
    after = None
    if decided.reviewed:
        after = score_findings(decided.findings, standard, profile, kept.nodes)
    alone = replace(profile, proof=None, failures=Treatment.ZERO, silent=Treatment.ZERO)
    claims = claimed_verdicts(reviewed.folder)
    return Standing(
        machine=machine,
        reviewed=after,
        confirmed=score_findings(confirmed_only(decided.findings), standard, alone, kept.alone),
        claimed=_claimed_score(claims, standard, alone, kept.alone),
        claimed_level=_claims_file(reviewed.folder).get("claimed_level"),
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


def with_claims(run: Run, folder: Path) -> Run:
    """The run with the city's claims beside the machine's verdicts, as its folder keeps them.

    Raises:
        RunError: the file of the claims is damaged, or of another version.
    """
    told = _claims_file(folder)
    if run.claims is not None or not told:
        return run
    with _told_whole(folder):
        return replace(run, claims=claim_report_from(told))


def claimed_verdicts(folder: Path) -> Mapping[str, ClaimedVerdict]:
    """What the city claims by feature; nothing without a form.

    Raises:
        RunError: the file of the claims is damaged, or of another version.
    """
    rows = _claims_file(folder).get("claims", ())
    with _told_whole(folder):
        return {row["feature_id"]: ClaimedVerdict(row["claimed"]) for row in rows}


@contextmanager
def _told_whole(folder: Path) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{folder / CLAIMS_FILE} is damaged, or of another version: {error!r}.",
            hint="Compare again: auditor claims RUN --assessment FORM.",
        ) from error


def _claims_file(folder: Path) -> Mapping[str, Any]:
    file = folder / CLAIMS_FILE
    return read_json(file) if file.is_file() else {}


def _claimed_score(
    claims: Mapping[str, ClaimedVerdict], standard: Standard, profile: Profile, kept: KeptNodes
) -> Score | None:
    """What the city's own verdicts would give; 不适用 leaves the mean as a person's would."""
    if not claims:
        return None
    excused = {key for key, claim in claims.items() if claim.verdict is None}
    rows = [
        assumed_finding(f.id, claims[f.id].verdict if f.id in claims else None)
        for f in standard.features
        if f.id not in excused
    ]
    return score_findings(rows, standard, profile, kept)


def assumed_finding(feature_id: str, verdict: Verdict | None) -> Finding:
    """A finding of a verdict that somebody assumes or claims, no_evidence for None."""
    given = verdict or Verdict.NO_EVIDENCE
    return Finding(Judgement(feature_id, given, (), "", "assumed"), given, given)
