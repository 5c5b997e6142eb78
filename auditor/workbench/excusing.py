"""不适用: proposed with a reason by one person, decided when an approver agrees.

A proposal lies on a desk and is no record; it falls away once the feature is decided, or a
decision on it is taken back. One that answers an appeal closes it when it is agreed to, in the same
transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, EventKind, ReviewEvent
from auditor.core.signing import locked_by
from auditor.core.workspace import DeskKind, DeskNote, Matter
from auditor.store.workspace.opening import Within
from auditor.workbench.acting import (
    Answer,
    LockedError,
    feature_of,
    require_seen,
    text_of,
)
from auditor.workbench.appeals import (
    Ruling,
    answer_to,
    closing,
    require_read,
    rule_on_appeal,
)
from auditor.workbench.cases import case_of, decide_apart, require_not_waiting
from auditor.workbench.opened import OpenRun
from auditor.workbench.problems import said_of
from auditor.workbench.space import Space

APPEAL = "appeal"
STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an approver agrees to: the proposal that the page showed (``key_of``), of an appeal or
    of any (0), beside the machine's finding.
    """

    feature_id: str
    proposal: str
    finding_hash: str
    appeal: int = 0


def propose_excuse(
    space: Space,
    account: Account,
    opened: OpenRun,
    answer: Answer,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Lay a 不适用 before the approver.

    Raises:
        ReviewError: no reason is given, the run has no such feature, one is of two whose opinions
            wait for a third, or what one has proposed there in an appeal or an adjudication would
            be lost.
        LockedError: the feature is signed.
        ChangedMeanwhileError: somebody decided since the page was shown.
    """
    if not answer.reason.strip():
        raise ReviewError(f"{answer.feature_id}: 没有理由 (no reason)", hint="不适用须写明理由。")
    signed = locked_by(feature_of(opened, answer.feature_id), opened.present.signatures)
    if signed is not None:
        raise LockedError(answer.feature_id, signed.node, signed.author)
    now = opened.present.decisions.get(answer.feature_id)
    require_seen(space, answer.feature_id, answer.seen, now)
    require_not_waiting(space, account, opened, [answer.feature_id])
    more = more or {}
    _require_nothing_lost(space, account, opened, answer, more.get(APPEAL, 0))
    payload = {
        "reason": text_of(answer.reason),
        "by": account.name,
        "seen": answer.seen,
        "basis": list(answer.basis),
        **more,
    }
    _lay(space, opened, answer.feature_id, (account.id, payload))


def _require_nothing_lost(
    space: Space, account: Account, opened: OpenRun, answer: Answer, appeal: int
) -> None:
    """Refuse to lay a 不适用 over one's own that says more: one has one place for a feature.

    What was proposed in the face of another decision can be agreed to no more, and may go.
    """
    feature_id = answer.feature_id
    for note in proposals_on(space, opened, feature_id):
        if note.account_id != account.id or note.payload["seen"] != answer.seen:
            continue
        answers_another = note.payload.get(APPEAL, 0) not in (0, appeal)
        rested = _opinions(opened, feature_id, note.payload.get("basis", ()))
        if answers_another or (rested and not _opinions(opened, feature_id, answer.basis)):
            raise ReviewError(
                f"{feature_id}: 您已在申诉或裁定中提出不适用 (proposed there already).",
                hint="请在原处改动，或待批准人处理。",
            )


def proposals_on(
    space: Space, opened: OpenRun, feature_id: str, appeal: int = 0
) -> tuple[DeskNote, ...]:
    """The 不适用 that wait for an approver, the oldest first: of an appeal, or any."""
    return tuple(
        note
        for note in space.desks.notes(opened.id, feature_id)
        if note.kind is DeskKind.PROPOSED and appeal in (0, note.payload.get(APPEAL))
    )


def proposal_on(space: Space, opened: OpenRun, feature_id: str, appeal: int = 0) -> DeskNote | None:
    """The oldest of them."""
    return next(iter(proposals_on(space, opened, feature_id, appeal)), None)


def key_of(note: DeskNote) -> str:
    """By whom, when and what was proposed, so that only that is agreed to."""
    told = [note.account_id, note.changed_at, dict(note.payload)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def withdraw_excuse(
    space: Space, account: Account, opened: OpenRun, feature_id: str, proposal: str
) -> None:
    """Take back what one has proposed oneself (``key_of`` names it): nothing waits any more.

    Raises:
        ReviewError: it is not there any more, or is somebody else's.
    """
    note = _shown(space, opened, Agreed(feature_id, proposal, ""))
    if note.account_id != account.id:
        raise ReviewError(
            f"{feature_id}: 不适用是他人提出的 (somebody else's).", hint="只能撤回自己提出的。"
        )
    _lay(space, opened, feature_id, (account.id, {}))


def approve_excuse(space: Space, approver: Account, opened: OpenRun, agreed: Agreed) -> ReviewEvent:
    """Agree to a 不适用 as another person; what else was proposed of the feature falls away.

    Raises:
        ReviewError: nothing is proposed or not this, one agrees to one's own, the appeal is closed
            or was added to; the approver or the proposer is one of two whose opinions wait for a
            third, or one of these is not the last.
        ChangedMeanwhileError: somebody decided since it was proposed.
    """
    feature_id = agreed.feature_id
    note = _shown(space, opened, agreed)
    proposer = space.people.accounts.get(note.account_id)
    if proposer is None or proposer.id == approver.id:
        raise ReviewError(f"{feature_id}: 须由他人批准 (not by oneself).", hint="请由批准人处理。")
    basis = tuple(map(str, note.payload.get("basis", ())))
    _require_apart(space, opened, note, (proposer, approver))
    answer = Answer(
        feature_id=feature_id,
        verdict=NOT_APPLICABLE,
        reason=str(note.payload["reason"]),
        seen=str(note.payload["seen"]),
        finding_hash=agreed.finding_hash,
        approver=approver.name,
        basis=basis,
    )
    together = _closing(space, proposer, opened, note)
    opinions = _opinions(opened, feature_id, basis)

    def still_stand(there: Sequence[ReviewEvent]) -> None:
        if opinions:
            require_last(feature_id, basis, there)

    return decide_apart(space, proposer, opened, [answer], still_stand, together)[0]


def _shown(space: Space, opened: OpenRun, agreed: Agreed) -> DeskNote:
    """The proposal that the approver's page showed, where it still lies there."""
    there = proposals_on(space, opened, agreed.feature_id, agreed.appeal)
    if not there:
        raise ReviewError(
            f"{agreed.feature_id}: 没有待批准的不适用 (nothing proposed).", hint="请刷新。"
        )
    found = next((note for note in there if key_of(note) == agreed.proposal), None)
    if found is None:
        raise ReviewError(
            f"{agreed.feature_id}: 打开本页之后所提的不适用已变 (another proposal).",
            hint="请刷新页面，看过现在的理由再批准。",
        )
    return found


def _opinions(opened: OpenRun, feature_id: str, basis: Collection[str]) -> tuple[ReviewEvent, ...]:
    """The blind opinions that a proposal rests on; none where it rests on something else."""
    told = opened.present.of_feature(feature_id)
    return tuple(e for e in told if e.id in basis and e.content.kind is EventKind.BLIND)


def _require_apart(
    space: Space, opened: OpenRun, note: DeskNote, people: Iterable[Account]
) -> None:
    """Refuse one of two whose opinions wait for a third, or are what a proposal rests on.

    Raises:
        ReviewError: one of the people is.
    """
    case = case_of(space, opened, note.feature_id)
    if case is None:
        return
    if not case.is_open and not set(case.pair.basis).intersection(note.payload.get("basis", ())):
        return
    for person in people:
        if case.is_of(person):
            raise ReviewError(
                f"{note.feature_id}: {person.name} 是其中一位评审员 (one of the two).",
                hint="两位评审员、裁定人、批准人须为不同的人。",
            )


def require_last(feature_id: str, basis: Collection[str], there: Iterable[ReviewEvent]) -> None:
    """Refuse opinions (``basis``) after which an author has given another; ``there`` stands now.

    Raises:
        ReviewError: one of them is not the last of its author any more.
    """
    given = [e for e in there if e.content.kind is EventKind.BLIND and e.feature_id == feature_id]
    authors = {event.content.author for event in given if event.id in basis}
    last = {e.content.author: e.id for e in given if e.content.author in authors}
    if set(last.values()) != set(basis):
        raise ReviewError(
            f"{feature_id}: 打开本页之后意见已变 (opinions have changed)", hint="请刷新页面。"
        )


def _closing(space: Space, proposer: Account, opened: OpenRun, note: DeskNote) -> Within | None:
    if not note.payload.get(APPEAL):
        return None
    matter = space.matters.get(opened.id, int(note.payload[APPEAL]))
    if matter is None:
        raise ReviewError("没有这项申诉 (no such appeal).", hint="请刷新页面。")
    require_read(matter, note.payload.get(STEPS, 0))
    return closing(space, proposer, matter, str(note.payload["reply"]))


def settle_appeal(
    space: Space, account: Account, opened: OpenRun, matter: Matter, ruling: Ruling
) -> ReviewEvent | None:
    """Decide an appeal; a 不适用 is only proposed (None), and the appeal stays open until then.

    What others proposed in answer to the appeal is dropped.

    Raises:
        ReviewError: as ``rule_on_appeal``.
    """
    if ruling.verdict != NOT_APPLICABLE:
        return rule_on_appeal(space, account, opened, matter, ruling)
    require_read(matter, ruling.steps)
    answer, reply = answer_to(opened, matter, ruling), said_of(ruling.reply)
    more = {APPEAL: matter.id, "reply": reply, STEPS: ruling.steps}
    propose_excuse(space, account, opened, answer, more)
    for note in proposals_on(space, opened, matter.feature_id, matter.id):
        if note.account_id != account.id:
            _lay(space, opened, matter.feature_id, (note.account_id, {}))
    return None


def _lay(
    space: Space, opened: OpenRun, feature_id: str, whose: tuple[int, Mapping[str, Any]]
) -> None:
    account_id, payload = whose
    note = DeskNote(feature_id, DeskKind.PROPOSED, account_id, payload, space.stamp())
    space.desks.put(opened.id, note)
