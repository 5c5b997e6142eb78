"""Sign a node in three steps by three people, reopen it, declare to have no interest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.core.access import Account, Right
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind, ReviewEvent, Step
from auditor.core.signing import declared, next_step, signatures_of
from auditor.store.workspace.runs import Appending, Compose
from auditor.workbench.acting import NODE_EVENTS, blank, text_of
from auditor.workbench.opened import OpenRun
from auditor.workbench.queues import under
from auditor.workbench.space import Space

NEEDED: Mapping[Step, Right] = {
    Step.COMPILED: Right.COMPILE,
    Step.REVIEWED: Right.REVIEW_SIGNED,
    Step.APPROVED: Right.APPROVE,
}


def undecided(opened: OpenRun, node: str) -> tuple[str, ...]:
    """The features of a node that no person has decided."""
    decisions = opened.present.decisions
    return tuple(
        f.id
        for f in opened.standard.features
        if f.id in opened.findings and under(f, node) and f.id not in decisions
    )


def sign(space: Space, account: Account, opened: OpenRun, node: str, head: str) -> ReviewEvent:
    """Set the next signature under a node; ``head`` is the head of the record that was shown.

    Raises:
        ReviewError: no right to this step, not declared, signed before by the same person, a
            feature is undecided, or the record has grown since.
    """
    _require_node(opened, node)

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        if space.entry(opened.id).head != head:
            raise ReviewError(
                f"{node}: 打开本页之后又有新的复核记录 (record has grown)", hint="请看过再签署。"
            )
        step = _due_step(account, opened, node, there)
        said = replace(_of_node(space, account, node, ""), kind=EventKind.SIGN_OFF)
        return [replace(said, step=step, finding_hash=head)]

    return _append(space, account, opened, compose)


def _due_step(account: Account, opened: OpenRun, node: str, there: Sequence[ReviewEvent]) -> Step:
    signed = signatures_of(there).get(node, ())
    step = next_step(signed)
    if step is None:
        raise ReviewError(f"{node}: 三步均已签署 (signed).", hint="无须再签。")
    if not account.may(NEEDED[step], opened.city):
        raise ReviewError(f"{node}: 您的角色不能签这一步 (no right).", hint="请由有权的人签署。")
    if account.name not in declared(there):
        raise ReviewError(f"{node}: 尚未作回避声明 (not declared).", hint="请先声明。")
    if any(signature.author == account.name for signature in signed):
        raise ReviewError(f"{node}: 三步须由三人分别签署 (same person).", hint="请由他人签署。")
    open_features = undecided(opened, node)
    if open_features:
        raise ReviewError(
            f"{node}: 还有 {len(open_features)} 条特征未复核 (not decided): "
            + "、".join(open_features[:5]),
            hint="请先逐条复核。",
        )
    return step


def reopen(space: Space, account: Account, opened: OpenRun, node: str, reason: str) -> ReviewEvent:
    """Take the signatures of a node away, with a reason, so that it can be changed.

    Raises:
        ReviewError: no reason, or nothing is signed.
    """
    _require_node(opened, node)
    why = text_of(reason)
    if not why:
        raise ReviewError(f"{node}: 没有理由 (no reason).", hint="重新打开须写明理由。")

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        if node not in signatures_of(there):
            raise ReviewError(f"{node}: 没有签署 (not signed).", hint="无须重新打开。")
        return [replace(_of_node(space, account, node, why), kind=EventKind.REOPENING)]

    return _append(space, account, opened, compose)


def declare(space: Space, account: Account, opened: OpenRun, text: str) -> ReviewEvent:
    """Declare to have no interest in the city (回避声明); raises ``ReviewError`` for no text."""
    said = text_of(text)
    if not said:
        raise ReviewError(
            "声明没有内容 (empty declaration).", hint="请写明与被评城市有无利害关系。"
        )
    content = replace(_of_node(space, account, "", said), kind=EventKind.DECLARATION)
    return _append(space, account, opened, lambda _there: [content])


def _of_node(space: Space, account: Account, node: str, reason: str) -> EventContent:
    return replace(blank(space, account, NODE_EVENTS, reason), node=node)


def _require_node(opened: OpenRun, node: str) -> None:
    known = {n for f in opened.standard.features for n in (f.id.partition("-L")[0],)}
    prefixes = {".".join(n.split(".")[:k]) for n in known for k in (2, 3, 4)}
    if node != "city" and node not in prefixes:
        raise ReviewError(f"没有这个节点 (no node): {node[:20]}", hint="请从页面上选择。")


def _append(space: Space, account: Account, opened: OpenRun, compose: Compose) -> ReviewEvent:
    addition = Appending(opened.id, account.id, space.stamp(), (NODE_EVENTS,))
    return space.runs.append(addition, compose)[0]
