"""Sign a node in three steps by three people, reopen it, declare to have no interest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.attesting import Attested, nodes_in, require_attested
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
    """The features of a node on which no person's decision holds."""
    now = opened.present.findings
    return tuple(
        f.id
        for f in opened.standard.features
        if f.id in now and under(f, node) and now[f.id].decision is None
    )


def in_blind_review(space: Space, opened: OpenRun, node: str) -> tuple[str, ...]:
    """The features of a node that lie in an open round of blind review."""
    held = {
        feature_id
        for round_ in space.desks.rounds(opened.id)
        if not round_.closed_at
        for feature_id in round_.feature_ids
    }
    return tuple(f.id for f in opened.standard.features if f.id in held and under(f, node))


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs: a node, which of the three steps, the head of the record shown."""

    node: str
    step: Step
    head: str


def sign(space: Space, account: Account, opened: OpenRun, asked: Signing) -> ReviewEvent:
    """Set the next signature under a node.

    Raises:
        ReviewError: no right to this step, another step is due, not declared, signed before by
            the same person, a feature is undecided or in blind review, or the record has grown
            since the page was shown.
    """
    node = asked.node
    _require_node(opened, node)

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        if {space.entry(opened.id).head, opened.present.head} != {asked.head}:
            raise ReviewError(
                f"{node}: 打开本页之后又有新的复核记录 (record has grown)", hint="请看过再签署。"
            )
        step = _due_step(account, opened, node, there)
        if step is not asked.step:
            raise ReviewError(f"{node}: 现在轮到另一步 (another step is due).", hint="请刷新页面。")
        _require_whole(space, opened, node)
        said = replace(_of_node(space, account, node, ""), kind=EventKind.SIGN_OFF)
        return [replace(said, step=step, finding_hash=asked.head)]

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
    return step


def _require_whole(space: Space, opened: OpenRun, node: str) -> None:
    open_features = undecided(opened, node)
    if open_features:
        raise ReviewError(
            f"{node}: 还有 {len(open_features)} 条特征未复核 (not decided): "
            + "、".join(open_features[:5]),
            hint="请先逐条复核。",
        )
    if in_blind_review(space, opened, node):
        raise ReviewError(f"{node}: 还有特征正在盲评 (in blind review).", hint="请先结束盲评。")


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
    require_attested(Attested(content, nodes_in(opened.standard)))
    return _append(space, account, opened, lambda _there: [content])


def _of_node(space: Space, account: Account, node: str, reason: str) -> EventContent:
    return replace(blank(space, account, NODE_EVENTS, reason), node=node)


def _require_node(opened: OpenRun, node: str) -> None:
    if node not in nodes_in(opened.standard):
        raise ReviewError(f"没有这个节点 (no node): {node[:20]}", hint="请从页面上选择。")


def _append(space: Space, account: Account, opened: OpenRun, compose: Compose) -> ReviewEvent:
    addition = Appending(opened.id, account.id, space.stamp(), (NODE_EVENTS,))
    return space.runs.append(addition, compose)[0]
