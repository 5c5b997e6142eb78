"""What a feature asks for, by the wording of its text and elements: activity, goals, a strategy."""

from __future__ import annotations

import re
from functools import lru_cache

from auditor.core.criteria import Feature, FeatureType

ACTIVITY = re.compile(r"探索|开展|推进|推动|启动|试点|开始|培育|引导|鼓励|加强|强化|提供支持")
RESULT = re.compile(
    r"建成|实现|具备|形成|完成|达到|达成|建立|搭建|构建|打造|设立|健全|制定|出台|发布|覆盖|提升|减少|能够|成为|落地"
    r"|成效|成熟|铺开|满足|带动|常态化|高效|开放(?:数据|一批)|公开"
)
GOVERNING = frozenset({"探索", "启动", "试点", "推动"})
"""What follows these need not be there yet: 探索建立…机制, 推动…落地."""
GOALS = re.compile(
    r"提出.{0,16}(?:目标|方向)|明确.{0,24}(?:目标|任务|路径)|作为.{0,8}(?:任务|组成部分)|纳入.{0,12}(?:内容|计划|规划)|^强调"
)
STRATEGY = re.compile(r"战略|规划|方案|计划|政策|目标|任务|指标体系")


@lru_cache(maxsize=1024)
def asks_for_activity(feature: Feature) -> bool:
    """Tell whether every essential element asks that something be done, none for its result.

    探索建立…机制 asks for exploring; 启动…建设，建成… asks for what is built. Features whose first
    type is an effect, an outside proof or a quantity never do: their figures or proofs decide.
    """
    if feature.types[0] not in (
        FeatureType.MECHANISM,
        FeatureType.CAPABILITY,
        FeatureType.DOCUMENT,
    ):
        return False
    essential = [e.text for e in feature.elements if not e.minor]
    verbless = [t for t in essential if not ACTIVITY.search(t) and not RESULT.search(t)]
    texts = [t for t in essential if t not in verbless] + [feature.text] * bool(verbless)
    return bool(texts) and all(_is_activity(text) for text in texts)


def _is_activity(text: str) -> bool:
    """Clause by clause: one clause that asks for a result asks for more than the activity."""
    clauses = re.split(r"[，；,;]", text)
    return bool(ACTIVITY.search(text)) and not any(_asks_for_result(c) for c in clauses)


def _asks_for_result(clause: str) -> bool:
    activity, result = ACTIVITY.search(clause), RESULT.search(clause)
    if result is None:
        return False
    governed = activity is not None and activity.group() in GOVERNING
    return not (governed and activity is not None and activity.start() < result.start())


def asks_for_goals(feature: Feature) -> bool:
    """Tell whether a feature asks only that goals or tasks be set (codebook rule 2a)."""
    return bool(GOALS.search(feature.text))


def asks_for_strategy(feature: Feature) -> bool:
    """Tell whether a feature asks for a paper of the kind that plans are."""
    return bool(STRATEGY.search(feature.text))


def asks_for_duties(feature: Feature) -> bool:
    """Tell whether a feature asks that duties be assigned."""
    return bool(re.search(r"明确.{0,12}(?:职责|责任)", feature.text))
