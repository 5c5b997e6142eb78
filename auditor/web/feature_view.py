"""What the review page shows of one feature: the whole of its context, beside the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.core.access import Right
from auditor.core.criteria import Element, Feature
from auditor.core.events import EventKind, ReviewEvent
from auditor.core.findings import VERDICTS, Check, Citation, Failure, Finding, Judgement, Verdict
from auditor.core.signing import Signature, locked_by
from auditor.core.site import SiteVisit
from auditor.core.workspace import DeskKind, DeskNote
from auditor.report.rows import (
    confidence_words,
    credit_lines,
    failure_words,
    verdict_words,
)
from auditor.report.silence import Silence, backing_line, silence_of
from auditor.web.also_view import AlsoView, also_view
from auditor.web.guard import Visit
from auditor.web.words import Words
from auditor.workbench.cases import waits_for_third
from auditor.workbench.excusing import key_of
from auditor.workbench.opened import OpenRun
from auditor.workbench.photo_marks import may_see_photo

OTHER_PASSAGES = 12


@dataclass(frozen=True, slots=True)
class CitedView:
    """A citation: where it stands, and the address of its document in the workspace.

    ``also``: where else the same sentence stands, where an analysis across cities told it.
    """

    quote: str
    document: str
    title: str
    issued: str
    sha256: str
    page: int | None
    start: int
    end: int
    also: AlsoView | None = None


@dataclass(frozen=True, slots=True)
class ElementView:
    """An essential part of the feature, and what the machine found for it."""

    text: str
    verdict: Verdict | None
    words: str
    minor: bool


@dataclass(frozen=True, slots=True)
class SaidView:
    """One thing that a person said of the feature."""

    id: str
    kind: str
    words: str
    verdict: Verdict | None
    author: str
    approver: str
    reason: str
    time: str
    bulk: bool
    cited: tuple[CitedView, ...]
    site: tuple[str, ...]
    hash: str
    photos: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage that the search brought."""

    place: CitedView
    heading: str
    role: str


@dataclass(frozen=True, slots=True)
class MachineView:
    """The machine's first judgement (初判)."""

    verdict: Verdict | None
    words: str
    confidence: str
    reason: str
    checks: tuple[Check, ...]
    credits: tuple[str, ...]
    backing: str
    cited: tuple[CitedView, ...]
    silence: Silence | None
    failed: bool


@dataclass(frozen=True, slots=True)
class ProposedView:
    """A 不适用 that waits for an approver; ``key`` names it, ``reply`` is for the city, if any."""

    key: str
    by: str
    reason: str
    reply: str
    own: bool


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature on the review page; ``machine`` is None for who reviews it blind.

    ``waits``: the visitor is one of two whose opinions on it wait for a third.
    """

    feature: Feature
    path: str
    elements: tuple[ElementView, ...]
    machine: MachineView | None
    standing: SaidView | None
    history: tuple[SaidView, ...]
    passages: tuple[PassageView, ...]
    queries: tuple[str, ...]
    searched: int
    finding_hash: str
    seen: str
    locked: Signature | None
    flagged: bool
    assigned: str
    proposed: tuple[ProposedView, ...]
    draft: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    may_decide: bool
    waits: bool
    claimed: str
    act: str = "decision"
    opinions: tuple[SaidView, ...] = ()


def feature_view(
    visit: Visit, feature: Feature, notes: Sequence[DeskNote], blind: bool = False
) -> FeatureView:
    """Put together what the page shows of a feature."""
    opened = visit.opened
    present, w = opened.present, visit.words
    finding = opened.findings[feature.id]
    record = opened.search_record(feature.id)
    told = (e for e in present.of_feature(feature.id) if not blind or _is_own_opinion(visit, e))
    standing = present.decisions.get(feature.id)
    locked = locked_by(feature, present.signatures)
    waits = not blind and waits_for_third(visit.space, visit.account, opened, feature.id)
    right = Right.REVIEW_BLIND if blind else Right.DECIDE
    return FeatureView(
        feature=feature,
        path=path_of(opened, feature),
        elements=_elements(feature, finding, w, blind),
        machine=None if blind else _machine(visit, feature, finding),
        standing=None if blind or standing is None else _standing(visit, standing),
        history=tuple(_unsealed(visit, said_view(e, opened, w)) for e in told),
        passages=tuple(_passages(record, opened)),
        queries=tuple(record["queries"]),
        searched=int(record["searched"]),
        finding_hash=opened.hashes[feature.id],
        seen=standing.id if standing and not blind else "",
        locked=locked,
        flagged=any(
            n.kind is DeskKind.FLAG and (not blind or n.account_id == visit.account.id)
            for n in notes
        ),
        assigned=_assigned(visit, notes),
        proposed=() if blind else tuple(_proposed(visit, notes)),
        draft=_draft(visit, notes),
        verdicts=tuple(reversed(VERDICTS)),
        may_decide=locked is None and not waits and visit.may(right),
        waits=waits,
        claimed=_claimed(opened, feature, w),
        act="opinion" if blind else "decision",
    )


def _unsealed(visit: Visit, said: SaidView) -> SaidView:
    """Without links to photos that the visitor may not see (a link ends in the photo's hash)."""
    space, account, city = visit.space, visit.account, visit.run.city
    seen = (
        (name, link)
        for name, link in said.photos
        if may_see_photo(space, account, city, link.rpartition("/")[2])
    )
    return replace(said, photos=tuple(seen))


def _is_own_opinion(visit: Visit, event: ReviewEvent) -> bool:
    said = event.content
    return said.kind is EventKind.BLIND and said.author == visit.account.name


def _proposed(visit: Visit, notes: Sequence[DeskNote]) -> Iterator[ProposedView]:
    for note in notes:
        if note.kind is DeskKind.PROPOSED:
            said, own = note.payload, note.account_id == visit.account.id
            yield ProposedView(key_of(note), said["by"], said["reason"], said.get("reply", ""), own)


def _claimed(opened: OpenRun, feature: Feature, w: Words) -> str:
    claim = opened.claims.get(feature.id)
    return "" if claim is None else w[claim.value]


def path_of(opened: OpenRun, feature: Feature) -> str:
    """Where a feature stands in the standard: domain, sub-domain, item."""
    return " › ".join(opened.node_names[node] for node in opened.nodes_of(feature))


def _assigned(visit: Visit, notes: Sequence[DeskNote]) -> str:
    ids = [n.account_id for n in notes if n.kind is DeskKind.ASSIGNED]
    account = visit.space.people.accounts.get(ids[0]) if ids else None
    return account.name if account else ""


def _draft(visit: Visit, notes: Sequence[DeskNote]) -> Mapping[str, Any]:
    own = visit.account.id
    drafts = (n.payload for n in notes if n.kind is DeskKind.DRAFT and n.account_id == own)
    return next(drafts, {})


def _elements(feature: Feature, finding: Finding, w: Words, blind: bool) -> tuple[ElementView, ...]:
    judged = finding.outcome if isinstance(finding.outcome, Judgement) and not blind else None
    read = {r.element_id: r.verdict for r in judged.elements} if judged else {}
    return tuple(_element(e, read.get(e.id), w, judged is not None) for e in feature.elements)


def _element(element: Element, read: Verdict | None, w: Words, known: bool) -> ElementView:
    verdict = (read or Verdict.NO_EVIDENCE) if known else None
    return ElementView(element.text, verdict, w[verdict.value] if verdict else "", element.minor)


def _standing(visit: Visit, event: ReviewEvent) -> SaidView:
    said = said_view(event, visit.opened, visit.words)
    return replace(said, cited=_cited(visit, event.content.citations))


def _cited(visit: Visit, citations: Sequence[Citation]) -> tuple[CitedView, ...]:
    """Citations with where else they stand: for reviewers alone, not for the city or the blind."""
    return tuple(replace(cited_view(c, visit.opened), also=also_view(visit, c)) for c in citations)


def _machine(visit: Visit, feature: Feature, finding: Finding) -> MachineView:
    outcome, w = finding.outcome, visit.words
    judged = outcome if isinstance(outcome, Judgement) else None
    return MachineView(
        verdict=finding.verdict,
        words=verdict_words(finding.verdict, w),
        confidence=confidence_words(judged),
        reason=failure_words(outcome),
        checks=judged.checks if judged else (),
        credits=credit_lines(finding, w),
        backing=backing_line(finding.backing, w),
        cited=_cited(visit, judged.citations if judged else ()),
        silence=silence_of(finding.absence, feature, w),
        failed=isinstance(outcome, Failure),
    )


def cited_view(citation: Citation, opened: OpenRun) -> CitedView:
    """A citation with what its document says of itself."""
    document = opened.by_name.get(citation.document)
    span = citation.span
    return CitedView(
        quote=citation.quote,
        document=citation.document,
        title=document.title if document else "",
        issued=document.issued_on.isoformat() if document and document.issued_on else "",
        sha256=document.sha256 if document else "",
        page=citation.page,
        start=span.start,
        end=span.end,
    )


def said_view(event: ReviewEvent, opened: OpenRun, w: Words) -> SaidView:
    """One event, in words."""
    said = event.content
    verdict = w["not_applicable"] if said.not_applicable else ""
    return SaidView(
        id=event.id,
        kind=said.kind.value,
        words=w[said.verdict.value] if said.verdict else verdict or w[f"kind_{said.kind.value}"],
        verdict=said.verdict,
        author=said.author,
        approver=said.approver,
        reason=said.reason,
        time=said.time,
        bulk=said.bulk,
        cited=tuple(cited_view(c, opened) for c in said.citations),
        site=tuple(site_line(v, w) for v in said.site),
        hash=event.hash,
        photos=tuple(
            (file.name, f"/runs/{opened.id}/site/photos/{file.sha256}")
            for visit in said.site
            for file in visit.attachments
        ),
    )


def site_line(visit: SiteVisit, w: Words) -> str:
    """What was found on site, in one line."""
    where = " ".join(part for part in (visit.date, visit.place, visit.system) if part)
    present = "、".join(visit.roles_present)
    return f"{w[f'sr_{visit.method.value}']} {where}（{present}）：{visit.result}"


def _passages(record: Mapping[str, Any], opened: OpenRun) -> Sequence[PassageView]:
    rows = record["passages"][:OTHER_PASSAGES]
    return [_passage(row, opened) for row in rows if row["document"] in opened.by_name]


def _passage(row: Mapping[str, Any], opened: OpenRun) -> PassageView:
    document = opened.by_name[row["document"]]
    place = CitedView(
        quote=row["text"],
        document=document.name,
        title=document.title,
        issued=document.issued_on.isoformat() if document.issued_on else "",
        sha256=document.sha256,
        page=row["page"],
        start=row["start"],
        end=row["end"],
    )
    return PassageView(place, " › ".join(row["heading_path"]), row["role"])
