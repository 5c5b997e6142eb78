"""Write the measured figures into docs/evaluation*.md: ``python -m eval.figures [out/eval.json]``.

Everything between the marks ``<!-- NAME -->`` and ``<!-- /NAME -->`` is made anew from the file
that ``make eval`` writes, so that no figure in the docs was typed by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from eval.figure_tables import (
    COLUMNS,
    Row,
    Words,
    all_measures,
    confusion_table,
    domains_table,
    local_table,
    main_rows,
    measures_table,
    recall_table,
    reliability_table,
    retrieval_table,
    twins_table,
)

ROOT = Path(__file__).resolve().parents[1]
ENGLISH: Words = {
    "lang": "en", "pooled": "all cities", "silent": "always no_evidence",
    "passes": "second annotation pass", "ours": "ours", "measure": "measure", "n": "features",
    "gold": "gold verdict", "confusion": "gold ↓, ours →", "chance": "P(green), mean of the bin",
    "came_true": "share that is green", "unread": "Not measured here.", "read": "Cities: ",
    "twins": "twins|planted|green of these|green capabilities (all)",
}  # fmt: skip
CHINESE: Words = {
    "lang": "zh", "pooled": "全部城市", "silent": "一律“未见证据”", "passes": "第二遍标注",
    "ours": "本工具", "measure": "指标", "n": "特征", "gold": "标注结论",
    "confusion": "标注 ↓，判断 →", "chance": "判绿的概率（区间均值）",
    "came_true": "实际为绿的比例", "unread": "此处未测。", "read": "城市：",
    "twins": "孪生材料|埋设|其中判绿|判绿的能力类特征（全部）",
}  # fmt: skip
PAGES: Mapping[str, Words] = {"docs/evaluation.md": ENGLISH, "docs/evaluation.zh.md": CHINESE}


def parts_of(table: Row, words: Words) -> dict[str, str]:
    """What goes between each pair of marks."""
    return {
        "cities": measures_table(main_rows(table, words), COLUMNS, words),
        "measures": all_measures(table, words),
        "confusion": confusion_table(table, words),
        "domains": domains_table(table, words),
        "retrieval": retrieval_table(table, words),
        "reliability": reliability_table(table, words),
        "search": recall_table(table, words),
        "twins": twins_table(table["examples"]["twins"], words),
        "local": local_table(table, words),
    }


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Replace what stands between each pair of marks."""
    for name, part in parts.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.S)
        if not pattern.search(text):
            sys.exit(f"the marks of {name} are missing")
        text = pattern.sub(lambda m, part=part: m.group(1) + part + m.group(2), text)
    return text


def main() -> None:
    """Fill in both pages."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / "eval.json"
    table = json.loads(source.read_text(encoding="utf-8"))
    for page, words in PAGES.items():
        file = ROOT / page
        text = filled(file.read_text(encoding="utf-8"), parts_of(table, words))
        file.write_text(text, encoding="utf-8")
        print(f"figures: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
