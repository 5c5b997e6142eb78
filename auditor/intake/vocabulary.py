"""The words of submitted tables: column heads, feature ids, verdicts, pages, as people write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from auditor.core.claims import ClaimedVerdict, PageRange

TRADITIONAL = str.maketrans(
    "評結論徵編號證門責頁碼檔稱滿規劃適級條說備註達據實現無類數單對應點範圍圖屬領業區劃興參牽頭負",
    "评结论征编号证门责页码档称满规划适级条说备注达据实现无类数单对应点范围图属领业区划兴参牵头负",
)
HEADS: Mapping[str, list[str]] = {
    "feature_id": (
        "特征编号 特征id 编号 条款 条款号 条款编号 特征条款 标准条款 指标编号 特征代码 对应条款"
        " 对应特征 特征号 featureid id"
    ).split(),
    "verdict": (
        "自评结论 自评结果 自评 是否满足 是否达到 是否达标 是否符合 自评情况 符合情况 达标情况"
        " 满足情况 满足程度 自评判定 结论 自评意见 verdict"
    ).split(),
    "reason": "理由 自评理由 自评说明 自评依据 依据 情况说明 判断理由 不适用理由 reason".split(),
    "department": (
        "责任部门 责任单位 牵头部门 牵头单位 填报部门 填报单位 负责部门 负责单位 主责部门 主责单位"
        " 提供部门 提供单位 部门 单位 department"
    ).split(),
    "document": (
        "文件名 文件名称 材料名称 证明材料 证明材料名称 佐证材料 佐证材料名称 支撑材料"
        " 支撑材料名称 材料 附件 附件名称 材料文件名 档案名称 证明文件 document file"
    ).split(),
    "pages": "页码 页 所在页 所在页码 页码范围 对应页码 材料页码 起止页码 页次 pages".split(),
    "note": "备注 材料说明 内容说明 材料备注 note".split(),
    "explanation": "说明 描述".split(),
    "level": "等级 级别 级 成熟度等级 level".split(),
    "text": (
        "特征内容 特征 条款内容 标准要求 特征要求 特征描述 指标内容 标准条文 特征原文 text"
    ).split(),
}
FIELDS = {head: field for field, heads in HEADS.items() for head in heads}
VERDICTS: Mapping[ClaimedVerdict, list[str]] = {
    ClaimedVerdict.MET: (
        "满足 完全满足 全部满足 是 达到 已达到 √ ✓ ✔ ☑ 符合 完全符合 达标 已达标 具备 已具备"
        " 已满足 y yes true met"
    ).split(),
    ClaimedVerdict.MOSTLY_MET: (
        "大部分满足 大部分 基本满足 基本符合 大部分符合 基本达到 基本达标 基本具备 mostlymet"
    ).split(),
    ClaimedVerdict.PARTLY_MET: (
        "部分满足 部分 部分符合 部分达到 部分达标 部分具备 partlymet"
    ).split(),
    ClaimedVerdict.PLANNED: "仅规划 规划 规划中 已规划 计划中 仅有规划 拟建 planned".split(),
    ClaimedVerdict.NOT_MET: (
        "不满足 未满足 否 未达到 不符合 未达标 不达标 不具备 没有 × ✗ ✘ x n no false notmet"
    ).split(),
    ClaimedVerdict.NOT_APPLICABLE: "不适用 不涉及 无此项 n/a na / notapplicable".split(),
}
VERDICT_WORDS = {word: verdict for verdict, words in VERDICTS.items() for word in words}
LEVEL_NAMES = {"基础": 1, "发展": 2, "协同": 3, "融合": 4, "引领": 5}
LEVEL_DIGITS = {
    digit: n for n, pair in enumerate("1一 2二 3三 4四 5五".split(), 1) for digit in pair
}
ITEM_ID = re.compile(r"(?<![\d.])\d{1,2}(?:\.\d{1,2}){3}(?!\.?\d)")
GAP = r"[\s\-_—–()\[\].、,:;第级款条]{0,6}"
LEVEL_LETTER = re.compile(
    rf"{GAP}(?:level|l)?{GAP}([1-5一二三四五]|基础|发展|协同|融合|引领){GAP}([a-z])(?![a-z0-9])"
)
ONLY_LETTER = re.compile(rf"{GAP}([a-z])?{GAP}")
LEADING_LETTER = re.compile(r"\(?([a-z])[)\.、\s]")
PAGE_PART = re.compile(
    r"(?:第|p{1,2}\.?)?(\d{1,6})(?:页)?(?:[-~至到](?:第|p{1,2}\.?)?(\d{1,6})(?:页)?)?"
)
PAGE_SPLIT = re.compile(r"[、,，;；\s]+")
LONGEST_PAGES = 300
WHOLE_FILE = frozenset({"", "全文", "全部", "整份", "全篇", "all", "-", "/", "无"})
LEVEL_LABEL = re.compile(r"自评(?:城市)?(?:成熟度)?等级|自评级别|申报等级|claimedlevel")


def fold(text: str) -> str:
    """Fold widths, case, traditional heads and outer space: for comparing, not for showing."""
    return unicodedata.normalize("NFKC", text).translate(TRADITIONAL).strip().lower()


def squeeze(text: str) -> str:
    """Fold a text and take out all white space."""
    return "".join(fold(text).split())


def field_of(head: str) -> str | None:
    """Name the field that a column head stands for (see ``HEADS``), None for other columns.

    A remark in brackets and marks of required fields do not matter: ``自评结论（必填）*``.
    """
    bare = squeeze(head).split("(")[0].strip("*:：· ")
    return FIELDS.get(bare)


def fields_of(row: Sequence[str]) -> dict[str, int]:
    """Map fields to columns of a head row; the first column of a field counts."""
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        field = field_of(cell) if cell and len(cell) <= 40 else None
        if field is not None:
            found.setdefault(field, column)
    return found


def feature_id_of(text: str, level: str = "", clause: str = "") -> str | None:
    """Read a feature id in any common spelling; None where it is none.

    ``8.2.4.1-L3-a``, ``8.2.4.1 三级 a)``, full-width and spaced ones, level names (协同级); where
    the cell gives the item alone, ``level`` and the letter that begins ``clause`` complete it.
    """
    folded = fold(text).replace("。", ".").replace("．", ".")
    item = ITEM_ID.search(folded)
    if item is None:
        return None
    rest = folded[item.end() :]
    if (alone := ONLY_LETTER.fullmatch(rest)) is not None:
        printed = LEADING_LETTER.match(fold(clause))
        letter = alone.group(1) or (printed.group(1) if printed else "")
        rest = f"{fold(level)} {letter}"
    found = LEVEL_LETTER.match(rest)
    if found is None:
        return None
    word, letter = found.groups()
    number = LEVEL_DIGITS.get(word) or LEVEL_NAMES[word]
    return f"{item.group()}-L{number}-{letter}"


def verdict_of(text: str) -> tuple[ClaimedVerdict, str] | None:
    """Read a claimed verdict and what stands behind it (``不适用：本市无集中供暖``)."""
    folded = fold(text)
    whole = "".join(folded.split()).replace("_", "")
    if whole in VERDICT_WORDS:
        return VERDICT_WORDS[whole], ""
    head = re.split(r"[:;,。(\s]", folded, maxsplit=1)
    word = head[0].replace("_", "")
    if len(head) == 2 and word in VERDICT_WORDS:
        return VERDICT_WORDS[word], head[1].rstrip(") ").strip()
    return None


def pages_of(text: str) -> tuple[PageRange, ...] | None:
    """Read pages such as ``3-5、8`` or ``第3页至第5页``; empty: whole file; None: not pages."""
    if len(text) > LONGEST_PAGES:
        return None
    folded = fold(text).translate(str.maketrans("—–－〜∼", "-----")).replace("--", "-")
    if "".join(folded.split()) in WHOLE_FILE:
        return ()
    joined = re.sub(r"\s*([-~至到])\s*", r"\1", folded)
    found = []
    for part in PAGE_SPLIT.split(joined):
        if not part:
            continue
        match = PAGE_PART.fullmatch(part)
        if match is None:
            return None
        first = int(match.group(1))
        last = int(match.group(2) or first)
        if not 1 <= first <= last:
            return None
        found.append(PageRange(first, last))
    return tuple(found)


def level_of(text: str) -> int | None:
    """Read a maturity level: ``3``, ``3级``, ``三级``, ``协同级（三级）``, ``未达一级`` (0)."""
    bare = squeeze(text)
    if bare.startswith(("未达", "0")):
        return 0
    for name, number in LEVEL_NAMES.items():
        if bare.startswith(name):
            return number
    found = re.match(r"(?:第|l)?([1-5一二三四五])(?:级|级\(.*|\.0)?$", bare)
    return LEVEL_DIGITS[found.group(1)] if found else None
