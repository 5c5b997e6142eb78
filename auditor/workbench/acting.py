"""What people do to a run: decide, take back, remark, record what they saw; each act an event.

An act is held against the rules while nobody else can write to the run. Who decided on what has
changed meanwhile is told, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from auditor.core.access import Account
from auditor.core.criteria import Feature
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import (
    NOT_APPLICABLE,
    EventContent,
    EventKind,
    ReviewEvent,
    withdrawn_evidence,
)
from auditor.core.findings import Citation, Judgement, Verdict
from auditor.core.signing import locked_by, signatures_of
from auditor.core.site import SiteVisit
from auditor.core.times import told_time
from auditor.core.workspace import DeskKind
from auditor.deciding import (
    found_on_site,
    require_sound,
    standing_decisions,
)
from auditor.reviewing import Ground
from auditor.sheets.texts import printable
from auditor.store.workspace.opening import Within, in_turn
from auditor.store.workspace.runs import Appending
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space

NODE_EVENTS = ""
LONGEST_QUOTE = 2000
LONGEST_TEXT = 4000
UNDONE = "撤销本人刚才的结论"


class ChangedMeanwhileError(ReviewError):
    """Somebody else has decided since the page was shown; ``event`` is what stands now."""

    def __init__(
        self, feature_id: str, event: ReviewEvent | None, zone: tzinfo | None = None
    ) -> None:
        said = event.content if event else None
        by = f"{said.author} 于 {told_time(said.time, zone)} " if said else "有人撤回了结论"
        super().__init__(
            f"{feature_id}: 您打开本页之后，{by} 已作处理 (decided meanwhile)",
            hint="没有覆盖任何内容。请看过现在的结论再决定。",
        )
        self.event = event


class LockedError(ReviewError):
    """The feature is signed."""

    def __init__(self, feature_id: str, node: str, author: str) -> None:
        super().__init__(
            f"{feature_id}: {node} 已由 {author} 签署 (signed)",
            hint="须先说明理由重新打开，才能改动。",
        )


@dataclass(frozen=True, slots=True)
class Cited:
    """What a person marks as evidence: characters of a document, by its sha256."""

    sha256: str
    span: Span


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision as a person fills it in.

    ``verdict`` is one of the six or ``not_applicable``; ``seen`` is the id of the decision that
    stood on the page (empty for none); ``finding_hash`` the machine's finding that it showed.
    """

    feature_id: str
    verdict: str
    reason: str
    seen: str
    finding_hash: str
    cited: tuple[Cited, ...] = ()
    approver: str = ""
    bulk: bool = False
    basis: tuple[str, ...] = ()
    site: tuple[SiteVisit, ...] = ()


def decide_feature(
    space: Space,
    account: Account,
    opened: OpenRun,
    answer: Answer,
    together: Within | None = None,
) -> ReviewEvent:
    """Record a decision, and change ``together`` with it or neither.

    Raises:
        ChangedMeanwhileError: somebody decided since the page was shown.
        LockedError: the feature is signed.
        ReviewError: the decision breaks a rule of review.
    """
    return decide_features(space, account, opened, [answer], together=together)[0]


def decide_features(
    space: Space,
    account: Account,
    opened: OpenRun,
    answers: Sequence[Answer],
    also: Callable[[Sequence[ReviewEvent]], None] = lambda _there: None,
    together: Within | None = None,
) -> tuple[ReviewEvent, ...]:
    """Record several decisions, all or none; raises as ``decide_feature``.

    ``also`` may refuse by raising, in the face of what stands of the features.
    """
    contents = [content_of(space, account, opened, answer) for answer in answers]
    ids = tuple(answer.feature_id for answer in answers)

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        standing = standing_decisions(there)
        for answer in answers:
            require_open(opened, answer.feature_id, there)
            require_seen(space, answer.feature_id, answer.seen, standing.get(answer.feature_id))
        for content in contents:
            _require_sound(opened, content, there)
        also(there)
        return contents

    changes = in_turn(_proposals_gone(space, opened, ids), together)
    added = space.runs.append(_addition(space, account, opened, ids), compose, changes)
    if len(added) != len(contents):
        raise ReviewError("同一结论已记录 (recorded already).", hint="请刷新页面。")
    return added


def require_seen(space: Space, feature_id: str, seen: str, now: ReviewEvent | None) -> None:
    """Refuse who saw another decision (its id, empty for none) than stands ``now``.

    Raises:
        ChangedMeanwhileError: that, with the decision that stands.
    """
    if (now.id if now else "") != seen:
        raise ChangedMeanwhileError(feature_id, now, space.now().tzinfo)


def _proposals_gone(space: Space, opened: OpenRun, ids: Sequence[str]) -> Within:
    """What was proposed of the features goes: it answered what stood before."""
    return space.desks.taking_away(opened.id, ids, DeskKind.PROPOSED)


def _addition(space: Space, account: Account, opened: OpenRun, ids: tuple[str, ...]) -> Appending:
    return Appending(opened.id, account.id, space.stamp(), (*ids, NODE_EVENTS))


def require_open(opened: OpenRun, feature_id: str, there: Sequence[ReviewEvent]) -> None:
    """Refuse to touch what is signed, with ``LockedError``; ``there`` is what stands."""
    signed = locked_by(feature_of(opened, feature_id), signatures_of(there))
    if signed is not None:
        raise LockedError(feature_id, signed.node, signed.author)


def _require_sound(
    opened: OpenRun, content: EventContent, there: Sequence[ReviewEvent] = ()
) -> None:
    """Hold what a person says against the rules, beside what was found on site before."""
    present = opened.present
    ground = Ground(
        opened.findings,
        opened.standard,
        standing=present.decisions,
        visits=found_on_site(there or present.of_feature(content.feature_id)),
    )
    require_sound(ground.said(content))


def feature_of(opened: OpenRun, feature_id: str) -> Feature:
    """A judged feature of the run; raises ``ReviewError`` where there is none."""
    if feature_id not in opened.findings or feature_id not in opened.standard.by_id:
        raise ReviewError(
            f"{feature_id}: 本次审核没有该特征 (not judged in this run)", hint="请核对特征编号。"
        )
    return opened.standard.by_id[feature_id]


def content_of(space: Space, account: Account, opened: OpenRun, answer: Answer) -> EventContent:
    """What a person says, as a decision, with the quotes cut; raises ``ReviewError``."""
    feature_of(opened, answer.feature_id)
    if answer.finding_hash != opened.hashes[answer.feature_id]:
        raise ReviewError(
            f"{answer.feature_id}: 所据结论不是这次审核的 (another finding)", hint="请刷新页面。"
        )
    excused = answer.verdict == NOT_APPLICABLE
    return replace(
        blank(space, account, answer.feature_id, text_of(answer.reason)),
        finding_hash=answer.finding_hash,
        verdict=None if excused else verdict_of(answer.verdict),
        not_applicable=excused,
        approver=answer.approver,
        citations=tuple(citation_of(opened, cited) for cited in answer.cited),
        site=answer.site,
        bulk=answer.bulk,
        basis=answer.basis,
    )


def blank(space: Space, account: Account, feature_id: str, reason: str) -> EventContent:
    """A decision of a person on a feature, still without verdict."""
    time = space.now().isoformat(timespec="microseconds")
    return EventContent(EventKind.DECISION, feature_id, "", account.name, reason, time)


def text_of(said: str) -> str:
    """What a person typed, without blanks around it; raises ``ReviewError`` where too long."""
    if len(said) > LONGEST_TEXT:
        raise ReviewError(
            f"文字超过 {LONGEST_TEXT} 字 (too long).", hint="请缩短，或作为附件提交。"
        )
    return printable(said).strip()


def verdict_of(name: str) -> Verdict:
    """One of the six; raises ``ReviewError``."""
    try:
        return Verdict(name)
    except ValueError as error:
        raise ReviewError(
            f"没有这种结论 (no such verdict): {name[:40]}", hint="请选择。"
        ) from error


def citation_of(opened: OpenRun, cited: Cited) -> Citation:
    """Cut the quote of what a person marked; of the machine's own sentence it keeps the id.

    Raises:
        ReviewError: no such document, or the characters are not in its text.
    """
    document = opened.papers.get(cited.sha256)
    start, end = cited.span.start, cited.span.end
    if document is None or not 0 <= start < end <= len(document.text):
        raise ReviewError("引证不在材料之内 (no such place).", hint="请在页面上重新选取。")
    quote = document.text[start:end]
    if not quote.strip() or len(quote) > LONGEST_QUOTE:
        raise ReviewError(
            f"引证须为 1 到 {LONGEST_QUOTE} 个字符 (length of a quote).", hint="请重新选取。"
        )
    return Citation("", document.name, document.page_of(start), cited.span, quote)


def machine_citations(opened: OpenRun, feature_id: str) -> tuple[Citation, ...]:
    """What the machine cites for a feature."""
    outcome = opened.findings[feature_id].outcome
    return outcome.citations if isinstance(outcome, Judgement) else ()


def take_back(
    space: Space, account: Account, opened: OpenRun, feature_id: str, reason: str, seen: str
) -> ReviewEvent:
    """Take back the decision that stands on a feature and was ``seen`` (its id).

    Raises:
        ChangedMeanwhileError: another one stands, or it was taken back already.
        LockedError: the feature is signed.
        ReviewError: nothing stands, or there is no reason.
    """
    feature_of(opened, feature_id)

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        require_open(opened, feature_id, there)
        now = standing_decisions(there).get(feature_id)
        if now is None and not seen:
            raise ReviewError(f"{feature_id}: 没有可撤回的结论 (nothing stands).", hint="请刷新。")
        require_seen(space, feature_id, seen, now)
        said = replace(
            blank(space, account, feature_id, text_of(reason)),
            kind=EventKind.WITHDRAWAL,
            finding_hash=opened.hashes[feature_id],
        )
        _require_sound(opened, said)
        return [said]

    addition = _addition(space, account, opened, (feature_id,))
    return space.runs.append(addition, compose, _proposals_gone(space, opened, (feature_id,)))[0]


def take_back_visit(
    space: Space, account: Account, opened: OpenRun, event_id: str, reason: str
) -> ReviewEvent:
    """Take back what was recorded on site, with a reason: it counts for nothing any more.

    Raises:
        LockedError: the feature is signed.
        ReviewError: no such record stands, or there is no reason.
    """
    record = next((e for e in opened.present.events if e.id == event_id), None)
    if record is None or record.content.kind is not EventKind.EVIDENCE:
        raise ReviewError("没有这条现场记录 (no such record).", hint="请刷新页面。")
    feature_id = record.feature_id

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        require_open(opened, feature_id, there)
        if event_id in withdrawn_evidence(there):
            raise ReviewError("这条现场记录已撤回 (withdrawn).", hint="请刷新页面。")
        said = replace(
            blank(space, account, feature_id, text_of(reason)),
            kind=EventKind.WITHDRAWAL,
            finding_hash=opened.hashes[feature_id],
            basis=(event_id,),
        )
        _require_sound(opened, said, there)
        return [said]

    return space.runs.append(_addition(space, account, opened, (feature_id,)), compose)[0]


def undo(space: Space, account: Account, opened: OpenRun, feature_id: str) -> ReviewEvent:
    """Take one's own standing decision back; raises ``ReviewError`` for somebody else's."""
    standing = opened.present.decisions.get(feature_id)
    if standing is None or standing.content.author != account.name:
        raise ReviewError(f"{feature_id}: 只能撤销本人的结论 (not your own).", hint="请改判。")
    return take_back(space, account, opened, feature_id, UNDONE, standing.id)


def remark(
    space: Space, account: Account, opened: OpenRun, feature_id: str, text: str
) -> ReviewEvent:
    """Record a remark on a feature; raises ``ReviewError`` for an empty one."""
    said = replace(
        blank(space, account, feature_id, text_of(text)),
        kind=EventKind.COMMENT,
        finding_hash=opened.hashes[feature_of(opened, feature_id).id],
    )
    return _append(space, account, opened, said)


def record_visit(
    space: Space, account: Account, opened: OpenRun, feature_id: str, visit: SiteVisit
) -> ReviewEvent:
    """Record what was found on site for a feature, without a verdict.

    What the same person has recorded already in the same words is not recorded twice (a note that
    was sent again after a lost answer); the event that stands is given.
    """
    said = replace(
        blank(space, account, feature_id, ""),
        kind=EventKind.EVIDENCE,
        finding_hash=opened.hashes[feature_of(opened, feature_id).id],
        site=(visit,),
    )
    _require_sound(opened, said)
    known: list[ReviewEvent] = []

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        known.extend(event for event in there if _tells_the_same(event, said))
        return [] if known else [said]

    added = space.runs.append(_addition(space, account, opened, (feature_id,)), compose)
    return added[0] if added else known[0]


def _tells_the_same(event: ReviewEvent, said: EventContent) -> bool:
    """Whether an event is what somebody says now, whenever it was said."""
    return event.feature_id == said.feature_id and event.content == replace(
        said, time=event.content.time
    )


def _append(space: Space, account: Account, opened: OpenRun, said: EventContent) -> ReviewEvent:
    _require_sound(opened, said)
    addition = _addition(space, account, opened, (said.feature_id,))
    return space.runs.append(addition, lambda _there: [said])[0]
