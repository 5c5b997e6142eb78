"""不适用: proposed with a reason by one person, decided when an approver agrees.

A proposal lies on a desk and is no record. One that answers an appeal closes it when it is agreed
to, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, ReviewEvent
from auditor.core.signing import locked_by
from auditor.core.workspace import DeskKind, DeskNote, Matter
from auditor.store.workspace.opening import Within
from auditor.workbench.acting import (
    Answer,
    ChangedMeanwhileError,
    LockedError,
    decide_feature,
    feature_of,
    text_of,
)
from auditor.workbench.appeals import (
    Ruling,
    answer_to,
    closing,
    require_open_appeal,
    rule_on_appeal,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.problems import said_of
from auditor.workbench.space import Space

APPEAL = "appeal"


def propose_excuse(
    space: Space,
    account: Account,
    opened: OpenRun,
    answer: Answer,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Lay a 不适用 before the approver.

    Raises:
        ReviewError: no reason is given, or the run has no such feature.
        LockedError: the feature is signed.
    """
    if not answer.reason.strip():
        raise ReviewError(f"{answer.feature_id}: 没有理由 (no reason)", hint="不适用须写明理由。")
    signed = locked_by(feature_of(opened, answer.feature_id), opened.present.signatures)
    if signed is not None:
        raise LockedError(answer.feature_id, signed.node, signed.author)
    payload = {
        "reason": text_of(answer.reason),
        "by": account.name,
        "seen": answer.seen,
        "basis": list(answer.basis),
        **(more or {}),
    }
    _lay(space, opened, answer.feature_id, (account.id, payload))


def proposal_on(space: Space, opened: OpenRun, feature_id: str, appeal: int = 0) -> DeskNote | None:
    """The 不适用 that waits for its approver: of an appeal, or any."""
    return next(
        (
            note
            for note in space.desks.notes(opened.id, feature_id)
            if note.kind is DeskKind.PROPOSED and appeal in (0, note.payload.get(APPEAL))
        ),
        None,
    )


def approve_excuse(
    space: Space, approver: Account, opened: OpenRun, proposed: tuple[str, int], finding_hash: str
) -> ReviewEvent:
    """Agree to a 不适用 as another person; ``proposed`` is its feature and its appeal (0: any).

    Raises:
        ReviewError: nothing is proposed, one agrees to one's own, or the appeal is closed.
    """
    feature_id, appeal = proposed
    note = proposal_on(space, opened, feature_id, appeal)
    if note is None:
        raise ReviewError(f"{feature_id}: 没有待批准的不适用 (nothing proposed).", hint="请刷新。")
    proposer = space.people.accounts.get(note.account_id)
    if proposer is None or proposer.id == approver.id:
        raise ReviewError(f"{feature_id}: 须由他人批准 (not by oneself).", hint="请由批准人处理。")
    standing = opened.present.decisions.get(feature_id)
    answer = Answer(
        feature_id=feature_id,
        verdict=NOT_APPLICABLE,
        reason=str(note.payload["reason"]),
        seen=standing.id if standing else "",
        finding_hash=finding_hash,
        approver=approver.name,
        basis=tuple(map(str, note.payload.get("basis", ()))),
    )
    together = _closing(space, proposer, opened, note)
    event = decide_feature(space, proposer, opened, answer, together)
    _lay(space, opened, feature_id, (proposer.id, {}))
    return event


def _closing(space: Space, proposer: Account, opened: OpenRun, note: DeskNote) -> Within | None:
    if not note.payload.get(APPEAL):
        return None
    matter = space.matters.get(opened.id, int(note.payload[APPEAL]))
    if matter is None:
        raise ReviewError("没有这项申诉 (no such appeal).", hint="请刷新页面。")
    require_open_appeal(matter)
    return closing(space, proposer, matter, str(note.payload["reply"]))


def settle_appeal(
    space: Space, account: Account, opened: OpenRun, matter: Matter, ruling: Ruling
) -> ReviewEvent | None:
    """Decide an appeal; a 不适用 is only proposed (None), and the appeal stays open until then.

    A proposal of another answer to the appeal is dropped.

    Raises:
        ReviewError: as ``rule_on_appeal``.
    """
    if ruling.verdict != NOT_APPLICABLE:
        event = rule_on_appeal(space, account, opened, matter, ruling)
        _drop(space, opened, matter)
        return event
    require_open_appeal(matter)
    answer, reply = answer_to(opened, matter, ruling), said_of(ruling.reply)
    now = opened.present.decisions.get(matter.feature_id)
    if (now.id if now else "") != answer.seen:
        raise ChangedMeanwhileError(matter.feature_id, now)
    _drop(space, opened, matter)
    propose_excuse(space, account, opened, answer, {APPEAL: matter.id, "reply": reply})
    return None


def _drop(space: Space, opened: OpenRun, matter: Matter) -> None:
    note = proposal_on(space, opened, matter.feature_id, matter.id)
    if note is not None:
        _lay(space, opened, matter.feature_id, (note.account_id, {}))


def _lay(
    space: Space, opened: OpenRun, feature_id: str, whose: tuple[int, Mapping[str, Any]]
) -> None:
    account_id, payload = whose
    note = DeskNote(feature_id, DeskKind.PROPOSED, account_id, payload, space.stamp())
    space.desks.put(opened.id, note)
