"""What a record of review allows next, when events of another copy are taken into it in order.

The workbench holds each act against accounts and rights; a file has none, so what can be seen in
the record itself is held against it here: locks, the three steps by three people, declarations,
the heads that signatures were set under, the opinions that an adjudication rests on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from auditor.attesting import OF_NODES
from auditor.core.criteria import Standard
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind, ReviewEvent
from auditor.core.signing import (
    CITY,
    Signatures,
    declared,
    locked_by,
    next_step,
    nodes_of,
    signatures_of,
)
from auditor.deciding import standing_decisions
from auditor.store.events import chained

LOCKED = frozenset({EventKind.DECISION, EventKind.WITHDRAWAL, EventKind.BLIND})


class RecordSoFar:
    """The events of a run, to which those are added that are taken in."""

    def __init__(
        self, events: Iterable[ReviewEvent], standard: Standard, judged: Collection[str]
    ) -> None:
        self._events = list(events)
        self._ids = {event.id for event in self._events}
        self._heads = {event.hash for event in self._events}
        self._standard = standard
        self._judged = judged
        self._signed: Signatures = signatures_of(self._events)

    @property
    def heads(self) -> Collection[str]:
        """The hashes of all events so far."""
        return self._heads

    def knows(self, content: EventContent) -> bool:
        """Whether an event of this content is in the record already."""
        return chained(content, "").id in self._ids

    def take(self, content: EventContent) -> None:
        """Add an event, unless it is there."""
        event = chained(content, self._events[-1].hash if self._events else "")
        if event.id in self._ids:
            return
        self._events.append(event)
        self._ids.add(event.id)
        self._heads.add(event.hash)
        if content.kind in OF_NODES:
            self._signed = signatures_of(self._events)

    def require(self, content: EventContent) -> None:
        """Refuse what may not follow; what is in the record already is not held against it.

        Raises:
            ReviewError: a signed feature is changed, a signature is out of turn, or an
                adjudication rests on opinions that are not here.
        """
        if self.knows(content):
            return
        if content.kind in LOCKED:
            self._require_open(content)
        if content.kind is EventKind.DECISION and content.basis:
            self._require_basis(content)
        if content.kind is EventKind.SIGN_OFF:
            self._require_turn(content)
        if content.kind is EventKind.REOPENING and content.node not in self._signed:
            raise ReviewError(f"{content.node}: 没有签署 (not signed)", hint="无须重新打开。")

    def _require_open(self, content: EventContent) -> None:
        signed = locked_by(self._standard.by_id[content.feature_id], self._signed)
        if signed is not None:
            raise ReviewError(
                f"{content.feature_id}: {signed.node} 已由 {signed.author} 签署 (signed)",
                hint="须先说明理由重新打开，才能改动。",
            )

    def _require_basis(self, content: EventContent) -> None:
        resting = [event for event in self._events if event.id in content.basis]
        if {(e.id, e.feature_id) for e in resting} != {
            (key, content.feature_id) for key in content.basis
        }:
            raise ReviewError(
                f"{content.feature_id}: 所据的意见不在这里 (opinions not found)",
                hint="请连同所据的记录一起导入。",
            )
        opinions = (event.content for event in resting if event.content.kind is EventKind.BLIND)
        if content.author in {opinion.author for opinion in opinions}:
            raise ReviewError(
                f"{content.feature_id}: 裁定人是其中一位评审员 (one of the two)",
                hint="须由他人裁定。",
            )

    def _require_turn(self, content: EventContent) -> None:
        node, signed = content.node, self._signed.get(content.node, ())
        if content.step is not next_step(signed):
            raise ReviewError(
                f"{node}: 没有轮到这一步 (another step is due)", hint="依次为编制、审核、批准。"
            )
        if any(signature.author == content.author for signature in signed):
            raise ReviewError(f"{node}: 三步须由三人分别签署 (same person)", hint="请由他人签署。")
        if content.author not in declared(self._events):
            raise ReviewError(f"{node}: 尚未作回避声明 (not declared)", hint="请先声明。")
        decided = standing_decisions(self._events)
        left = [f.id for f in self._standard.features if self._is_left(f.id, node, decided)]
        if left:
            raise ReviewError(
                f"{node}: 还有 {len(left)} 条特征未复核 (not decided)", hint="请先逐条复核。"
            )

    def _is_left(self, feature_id: str, node: str, decided: Collection[str]) -> bool:
        if feature_id not in self._judged or feature_id in decided:
            return False
        return node == CITY or node in nodes_of(self._standard.by_id[feature_id])
