"""Rules for what people say without deciding: blind opinions, signatures, reopenings, declarations.

A blind opinion is held against nothing that the machine found: a refusal would tell its verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.criteria import Standard
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import Verdict
from auditor.core.signing import CITY, nodes_of

OF_NODES = frozenset({EventKind.SIGN_OFF, EventKind.REOPENING, EventKind.DECLARATION})
ATTESTED = OF_NODES | {EventKind.BLIND}
Wrong = Callable[["Attested"], bool]


@dataclass(frozen=True, slots=True)
class Attested:
    """What a person says beside the nodes of the standard; ``heads``: the known hashes."""

    content: EventContent
    nodes: Collection[str]
    heads: Collection[str] = frozenset()

    @property
    def of_no_moment(self) -> bool:
        """A time that no clock shows."""
        return not self.content.has_moment

    @property
    def without_verdict(self) -> bool:
        """A blind opinion that gives none."""
        return self.content.verdict is None and not self.content.not_applicable

    @property
    def out_of_nothing(self) -> bool:
        """An opinion with neither words nor citations; only silence needs none."""
        said = self.content
        if said.not_applicable:
            return not said.reason.strip()
        silent = said.verdict is Verdict.NO_EVIDENCE
        return not (silent or said.citations or said.reason.strip())

    @property
    def of_a_feature(self) -> bool:
        """What speaks of a node or a person names a single feature."""
        return self.content.kind in OF_NODES and bool(self.content.feature_id)

    @property
    def with_verdict(self) -> bool:
        """A verdict where there is none to give."""
        return self.content.verdict is not None or self.content.not_applicable


COMMON: Sequence[tuple[Wrong, str, str]] = (
    (lambda a: not a.content.author.strip(), "没有署名 (no author)", "请写明姓名。"),
    (lambda a: a.of_a_feature, "不针对单条特征 (names a feature)", "请去掉特征编号。"),
    (
        lambda a: a.of_no_moment,
        "没有这个时间 (no such time)",
        "时间写作 2026-11-02T10:00:00+08:00。",
    ),
)
OWN: Mapping[EventKind, Sequence[tuple[Wrong, str, str]]] = {
    EventKind.BLIND: (
        (lambda a: a.without_verdict, "盲评意见没有结论 (no verdict)", "请选择结论。"),
        (
            lambda a: a.out_of_nothing,
            "意见没有引证也没有理由 (neither citation nor reason)",
            "请选取引证，或写明理由；不适用须写明理由。",
        ),
    ),
    EventKind.SIGN_OFF: (
        (lambda a: a.with_verdict, "签署不带结论 (verdict in a signature)", "请去掉结论。"),
        (lambda a: a.content.step is None, "没有写明是哪一步签署 (no step)", "编制、审核或批准。"),
        (lambda a: a.content.node not in a.nodes, "没有这个节点 (no node)", "请核对节点编号。"),
        (
            lambda a: bool(a.content.finding_hash) and a.content.finding_hash not in a.heads,
            "所签的复核记录不在这里 (signed under another record)",
            "请连同此前的全部复核记录一起导入。",
        ),
    ),
    EventKind.REOPENING: (
        (lambda a: a.with_verdict, "重新打开不带结论 (verdict in a reopening)", "请去掉结论。"),
        (lambda a: a.content.node not in a.nodes, "没有这个节点 (no node)", "请核对节点编号。"),
        (lambda a: not a.content.reason.strip(), "没有理由 (no reason)", "重新打开须写明理由。"),
    ),
    EventKind.DECLARATION: (
        (lambda a: a.with_verdict, "声明不带结论 (verdict in a declaration)", "请去掉结论。"),
        (
            lambda a: not a.content.reason.strip(),
            "声明没有内容 (empty declaration)",
            "请写明与被评城市有无利害关系。",
        ),
    ),
}


def require_attested(said: Attested) -> None:
    """Refuse what nobody may say so; for what is taken in, never for what stands in a chain.

    Raises:
        ReviewError: names the feature or node, what is wrong and the remedy.
    """
    content = said.content
    for wrong, message, hint in (*COMMON, *OWN[content.kind]):
        if wrong(said):
            of_what = content.feature_id or content.node or content.kind.value
            raise ReviewError(f"{of_what}: {message}", hint=hint)


def nodes_in(standard: Standard) -> frozenset[str]:
    """All that can be signed: city, domains, sub-domains, items."""
    return frozenset({CITY, *(node for f in standard.features for node in nodes_of(f))})
