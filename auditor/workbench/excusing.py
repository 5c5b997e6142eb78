"""不适用: proposed with a reason by one person, decided when an approver agrees.

A proposal lies on a desk and is no record. One that answers an appeal closes it when it is agreed
to, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, EventKind, ReviewEvent
from auditor.core.signing import locked_by
from auditor.core.workspace import DeskKind, DeskNote, Matter
from auditor.store.workspace.opening import Within
from auditor.workbench.acting import (
    Answer,
    ChangedMeanwhileError,
    LockedError,
    decide_features,
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
        ReviewError: nothing is proposed, one agrees to one's own, the appeal is closed; of two
            blind opinions that it rests on, one is the approver's or is not the last.
    """
    feature_id, appeal = proposed
    note = proposal_on(space, opened, feature_id, appeal)
    if note is None:
        raise ReviewError(f"{feature_id}: 没有待批准的不适用 (nothing proposed).", hint="请刷新。")
    proposer = space.people.accounts.get(note.account_id)
    if proposer is None or proposer.id == approver.id:
        raise ReviewError(f"{feature_id}: 须由他人批准 (not by oneself).", hint="请由批准人处理。")
    basis = tuple(map(str, note.payload.get("basis", ())))
    opinions = _opinions(opened, feature_id, basis)
    _require_apart(feature_id, opinions, (proposer, approver))
    standing = opened.present.decisions.get(feature_id)
    answer = Answer(
        feature_id=feature_id,
        verdict=NOT_APPLICABLE,
        reason=str(note.payload["reason"]),
        seen=standing.id if standing else "",
        finding_hash=finding_hash,
        approver=approver.name,
        basis=basis,
    )
    together = _closing(space, proposer, opened, note)

    def still_stand(there: Sequence[ReviewEvent]) -> None:
        if opinions:
            require_last(feature_id, basis, there)

    (event,) = decide_features(space, proposer, opened, [answer], still_stand, together)
    _lay(space, opened, feature_id, (proposer.id, {}))
    return event


def _opinions(opened: OpenRun, feature_id: str, basis: Collection[str]) -> tuple[ReviewEvent, ...]:
    """The blind opinions that a proposal rests on; none where it rests on something else."""
    told = opened.present.of_feature(feature_id)
    return tuple(e for e in told if e.id in basis and e.content.kind is EventKind.BLIND)


def _require_apart(
    feature_id: str, opinions: Iterable[ReviewEvent], people: Iterable[Account]
) -> None:
    """Refuse who gave one of the two opinions that a proposal rests on; raises ``ReviewError``."""
    authors = {event.content.author for event in opinions}
    for person in people:
        if person.name in authors:
            raise ReviewError(
                f"{feature_id}: {person.name} 是其中一位评审员 (one of the two).",
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
        raise ChangedMeanwhileError(matter.feature_id, now, space.now().tzinfo)
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
