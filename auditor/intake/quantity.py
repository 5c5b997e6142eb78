"""Hold ledgers against the quantities that features ask for; the comparison is made in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from auditor.core.claims import LedgerCount, LedgerEvidence, StatedTotal
from auditor.core.criteria import Feature, Quantity
from auditor.core.documents import Document
from auditor.core.spans import Span
from auditor.intake.ledgers import Ledger, count_ledger
from auditor.quantities import holds

COUNTED = "社区 场景 案例 园区 集聚区 集群 新业态 新产业 部门 事项 行业 领域 预案 指标 载体".split()
"""Things that ledgers list, as the measures of the standard name them."""
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "园区": ("园区", "产业园", "集聚区", "集群"),
    "新业态": ("新业态", "业态"),
    "新产业": ("新产业", "产业"),
    "载体": ("载体", "空间"),
}
COUNT_UNITS = frozenset("个家项类处座件") | {"领域", "行业"}
TOTAL_NOUNS = "社区|行政村|事项|部门|行业|园区|预案|指标|载体|企业"
BEFORE = re.compile(
    rf"(?:全市|我市|本市)(?:现|目前|共|总|一)?(?:共|计)?有(?:城市|城乡|各类)?\s?(?P<count>\d{{1,6}})\s?个"
    rf"(?:城市|城乡)?(?P<noun>{TOTAL_NOUNS})(?=[，。；、,;\s）)]|$)"
)
AFTER = re.compile(
    rf"(?:全市|我市|本市)(?:现有|共有|现|共|城市|城乡|有)?(?P<noun>{TOTAL_NOUNS})(?:总数|总量|数量|数)?"
    r"(?:共计|共有|共|总计|为|达|有|：|:)?\s?(?P<count>\d{1,6})\s?个?(?=[，。；、,;\s）)]|$)"
)
HUNDRED = Decimal(100)


def stated_totals(documents: Iterable[Document]) -> dict[str, StatedTotal]:
    """Read how many there are in the whole city (全市共有社区120个), by noun.

    Only whole-city statements count. Where papers state different totals the largest is taken:
    it gives the smallest share.
    """
    found: dict[str, StatedTotal] = {}
    for document in documents:
        if not document.counts:
            continue
        for pattern in (BEFORE, AFTER):
            for match in pattern.finditer(document.text):
                total = StatedTotal(int(match["count"]), document.name, Span(*match.span()))
                noun = match["noun"]
                if noun not in found or total.value > found[noun].value:
                    found[noun] = total
    return found


def counted_nouns(quantity: Quantity) -> tuple[str, ...]:
    """Name the things whose rows show a quantity: the last noun of the measure that can be listed.

    For a share it is the noun before 占比 (开展智慧化更新改造的社区占比: 社区).
    """
    measure = quantity.measure.split("（")[0]
    if quantity.unit in ("领域", "行业"):
        return (quantity.unit,)
    last = max(COUNTED, key=measure.rfind)
    return SYNONYMS.get(last, (last,)) if last in measure else ()


def ledger_evidence(
    feature: Feature,
    ledgers: Sequence[Ledger],
    totals: Mapping[str, StatedTotal] | None = None,
) -> tuple[LedgerEvidence, ...]:
    """Give, for each checked quantity of a feature, the ledger that shows it best.

    A ledger is taken where its header or its name speaks of the counted thing and its context
    and rows name all the quantity's terms. Counts of several ledgers are never added up: they
    may list the same things. Quantities without a ledger are left out. ``satisfied`` False says
    that no ledger shows the quantity, not that the city falls short of it.
    """
    found = []
    for quantity in feature.quantities:
        if not quantity.checked or not (quantity.unit == "%" or quantity.unit in COUNT_UNITS):
            continue
        shown = [
            _evidence(feature.id, quantity, count)
            for ledger in ledgers
            if (count := _count(quantity, ledger, totals or {})) is not None
        ]
        if shown:
            found.append(max(shown, key=_strength))
    return tuple(found)


def _count(
    quantity: Quantity, ledger: Ledger, totals: Mapping[str, StatedTotal]
) -> LedgerCount | None:
    about = ledger.context + "\n" + " ".join(ledger.header)
    for noun in counted_nouns(quantity):
        if noun not in about:
            continue
        total = totals.get(noun) if quantity.unit == "%" else None
        count = count_ledger(ledger, noun, quantity.terms, total)
        if count is not None and count.distinct:
            return count
    return None


def _evidence(feature_id: str, quantity: Quantity, count: LedgerCount) -> LedgerEvidence:
    value = count.share if quantity.unit == "%" else Decimal(count.done)
    if value is None or quantity.value is None:
        return LedgerEvidence(feature_id, quantity, count, None, None)
    satisfied = holds(value, quantity.comparator, quantity.value)
    if quantity.unit == "%" and count.total is not None:
        # the share is rounded for showing; the comparison is exact
        exact = HUNDRED * count.done / count.total.value
        satisfied = holds(exact, quantity.comparator, quantity.value)
    return LedgerEvidence(feature_id, quantity, count, value, satisfied)


def _strength(evidence: LedgerEvidence) -> tuple[bool, bool, Decimal, int]:
    value = evidence.value
    return (
        evidence.satisfied is True,
        value is not None,
        value or Decimal(0),
        evidence.count.done,
    )


def ledger_line(evidence: LedgerEvidence) -> str:
    """Say a ledger's count in one Chinese sentence, with what is to be checked."""
    count, quantity = evidence.count, evidence.quantity
    parts = [
        f"台账“{count.document}”按“{count.key_column}”计：去重 {count.distinct}",
        f"已建成 {count.done}",
    ]
    if quantity.unit == "%":
        total = "总数不详" if count.total is None else f"总数 {count.total.value}"
        parts.append(total if count.share is None else f"{total}，占 {count.share.normalize():f}%")
    asked = f"要求 {quantity.printed}"
    result = {True: "达到", False: "未达到", None: "无法比较"}[evidence.satisfied]
    return "，".join([*parts, asked, result]) + "。" + "".join(count.notes)
