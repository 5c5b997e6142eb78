"""People's decisions over the machine's findings: what holds, what must be reconfirmed, who may.

A decision stands in the place of the machine's verdict; relations are then applied anew, so that
a fact that a person took away credits nothing any more. A decision on a finding that has changed
since (other evidence, other model) does not hold until somebody reconfirms it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auditor.core.criteria import Feature, FeatureType, Standard
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind, ReviewEvent, withdrawn_evidence
from auditor.core.findings import Decision, Finding, Judgement
from auditor.core.site import SiteVisit
from auditor.relations import apply_relations

PROVED_BY_SIGHT = (FeatureType.CAPABILITY,)
Hash = Callable[[Finding], str]


@dataclass(frozen=True, slots=True)
class Decided:
    """Findings after people's decisions; ``stale``: decisions on findings that have changed."""

    findings: tuple[Finding, ...]
    stale: tuple[ReviewEvent, ...] = ()

    @property
    def reviewed(self) -> int:
        """How many features a person has decided."""
        return sum(f.decision is not None for f in self.findings)


Bare = dict[tuple[str, str], Finding]
"""By feature and event (empty for none) a finding before the relations."""


def decide(
    findings: Sequence[Finding],
    events: Iterable[ReviewEvent],
    standard: Standard,
    hash_of: Hash,
    known: Bare | None = None,
) -> Decided:
    """Put the standing decisions into the findings and apply the relations anew.

    ``known`` is for who decides the same findings again after every event: it is filled and read.
    """
    standing = standing_decisions(events)
    if not standing:
        return Decided(tuple(findings))
    known = {} if known is None else known
    stale, bare = [], []
    for finding in findings:
        event = standing.get(finding.feature_id)
        if event is not None and event.content.finding_hash != hash_of(finding):
            stale.append(event)
            event = None
        key = finding.feature_id, event.id if event else ""
        if key not in known:
            known[key] = _bare(finding, event)
        bare.append(known[key])
    related = apply_relations(bare, standard.relations)
    held = (
        after if before.decision is None else before
        for before, after in zip(bare, related, strict=True)
    )
    return Decided(tuple(held), tuple(stale))


def _bare(finding: Finding, event: ReviewEvent | None) -> Finding:
    own = replace(finding, verdict=finding.direct_verdict, credited_by=(), credit_reason="")
    return own if event is None else _decided(own, event)


def standing_decisions(events: Iterable[ReviewEvent]) -> dict[str, ReviewEvent]:
    """The latest decision on each feature that was not withdrawn.

    By the time that the events state (of one time, by id), so that copies which exchanged their
    events agree, in whatever order these came in.
    """
    standing: dict[str, ReviewEvent] = {}
    for event in sorted(events, key=_moment):
        if event.content.kind is EventKind.DECISION:
            standing[event.feature_id] = event
        elif withdraws_decision(event):
            standing.pop(event.feature_id, None)
    return standing


def withdraws_decision(event: ReviewEvent) -> bool:
    """Whether an event takes a decision back; with a ``basis`` it takes back what that names."""
    return event.content.kind is EventKind.WITHDRAWAL and not event.content.basis


def found_on_site(events: Iterable[ReviewEvent]) -> dict[str, tuple[SiteVisit, ...]]:
    """What was found on site, by feature: by events of evidence and decisions not withdrawn."""
    told = sorted(events, key=_moment)
    gone = withdrawn_evidence(told)
    recorded: dict[str, tuple[SiteVisit, ...]] = {}
    decided: dict[str, tuple[SiteVisit, ...]] = {}
    for event in told:
        key, said = event.feature_id, event.content
        if said.kind is EventKind.EVIDENCE and event.id not in gone:
            recorded[key] = (*recorded.get(key, ()), *said.site)
        elif said.kind is EventKind.DECISION:
            decided[key] = (*decided.get(key, ()), *said.site)
        elif withdraws_decision(event):
            decided.pop(key, None)
    whole = {
        key: (*recorded.get(key, ()), *decided.get(key, ()))
        for key in dict.fromkeys((*recorded, *decided))
    }
    return {key: visits for key, visits in whole.items() if visits}


def _moment(event: ReviewEvent) -> tuple[datetime, bool, str]:
    moment = datetime.fromisoformat(event.content.time)
    kind = event.content.kind is EventKind.WITHDRAWAL
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC), kind, event.id


def _decided(finding: Finding, event: ReviewEvent) -> Finding:
    said = event.content
    decision = Decision(
        verdict=said.verdict,
        author=said.author,
        reason=said.reason,
        time=said.time,
        event_id=event.id,
        citations=said.citations,
        approver=said.approver,
        site=said.site,
    )
    return replace(finding, verdict=said.verdict, direct_verdict=said.verdict, decision=decision)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a finding; ``visits``: what events before it found on site."""

    content: EventContent
    feature: Feature
    finding: Finding
    visits: tuple[SiteVisit, ...] = ()

    @property
    def without_author(self) -> bool:
        """Nobody signs."""
        return not self.content.author.strip()

    @property
    def of_no_moment(self) -> bool:
        """A time that no clock shows."""
        return not self.content.has_moment

    @property
    def of_wrong_kind(self) -> bool:
        """A decision without verdict, or a verdict in anything else."""
        given = self.content.verdict is not None or self.content.not_applicable
        return given is not (self.content.kind is EventKind.DECISION)

    @property
    def without_reason(self) -> bool:
        """Another verdict than the machine's, 不适用, a withdrawal or a remark, unexplained."""
        said = self.content
        if said.kind is EventKind.EVIDENCE:
            return not said.site
        agrees = said.kind is EventKind.DECISION and said.verdict is self.finding.verdict
        return not said.reason.strip() and (said.not_applicable or not agrees)

    @property
    def without_approver(self) -> bool:
        """不适用 on one's own authority."""
        return self.content.not_applicable and not self.content.approver.strip()

    @property
    def of_a_blank_visit(self) -> bool:
        """A visit on no day of the calendar, or with nobody, nowhere, nothing in it."""
        return any(visit.is_blank for visit in self.content.site)

    @property
    def hearsay(self) -> bool:
        """A capability met by interviews alone."""
        return self._unproved and bool(self.content.site or self.visits)

    @property
    def unfounded(self) -> bool:
        """A capability met by nothing at all."""
        return self._unproved and not self.hearsay

    @property
    def _unproved(self) -> bool:
        """A green capability without a paper, a demonstration or an inspection behind it."""
        said = self.content
        if said.verdict is None or not said.verdict.is_green:
            return False
        if self.feature.types[:1] != PROVED_BY_SIGHT or said.citations or self._shown_by_papers:
            return False
        return not any(visit.shows_itself for visit in (*said.site, *self.visits))

    @property
    def _shown_by_papers(self) -> bool:
        """The machine's green verdict, which rests on its citations or on those that credit it."""
        finding = self.finding
        if finding.verdict is None or not finding.verdict.is_green:
            return False
        cited = isinstance(finding.outcome, Judgement) and bool(finding.outcome.citations)
        return bool(finding.credited_by) or cited


PROOF = (
    "请补充系统演示或现场查验的记录（底稿“现场记录”表，或 kind 为 evidence 的一行），"
    "或给出书面材料的引证。"
)
RULES: Sequence[tuple[str, str, str]] = (
    ("without_author", "没有复核人 (no author)", "请写明复核人。"),
    ("of_no_moment", "没有这个时间 (no such time)", "时间写作 2026-11-02T10:00:00+08:00。"),
    ("of_wrong_kind", "结论与记录类型不符 (verdict and kind do not fit)", "只有结论记录带结论。"),
    ("without_reason", "没有理由 (no reason)", "改判、不适用、撤回和备注须写明理由。"),
    ("without_approver", "不适用没有批准人 (no approver)", "不适用须由批准人同意，请写明。"),
    (
        "of_a_blank_visit",
        "现场记录不全 (a visit without day, place, roles or result)",
        "请写明真实的日期、地点、在场角色和结果。",
    ),
    ("hearsay", "仅凭访谈不能证明能力 (an interview alone proves no capability)", PROOF),
    ("unfounded", "认定具备能力却没有依据 (nothing shows the capability)", PROOF),
)


def require_sound(said: Said) -> None:
    """Refuse what no reviewer may decide so.

    For what is taken in, never for what stands in a chain already.

    Raises:
        ReviewError: names the feature, what is missing and the remedy.
    """
    for rule, message, hint in RULES:
        if getattr(said, rule):
            raise ReviewError(f"{said.content.feature_id}: {message}", hint=hint)
