"""Write the measured figures into docs/evaluation*.md: ``python -m eval.figures [out/eval.json]``.

Everything between the marks ``<!-- NAME -->`` and ``<!-- /NAME -->`` is made anew from the file
that ``make eval`` writes, so that no figure in the docs was typed by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("docs/evaluation.md", "docs/evaluation.zh.md")
COLUMNS = (
    "qwk", "green_f1", "green_precision", "green_recall", "fact_f1", "false_green",
    "recall@10", "citation_precision",
)  # fmt: skip
Row = Mapping[str, Any]


def measures_table(rows: Mapping[str, Row], heads: Sequence[str]) -> str:
    """One line a city, in Markdown."""
    lines = ["| | " + " | ".join(heads) + " |", "|" + "---|" * (len(heads) + 1)]
    for name, row in rows.items():
        cells = ["–" if row.get(c) is None else f"{row[c]:.3f}" for c in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main_rows(table: Row, names: Mapping[str, str]) -> dict[str, Row]:
    """Pooled, each city, and what stands beside them."""
    rows = {f"**{names['pooled']}**": table["pooled"], **table["cities"]}
    rows[names["silent"]] = table["baselines"]["always_no_evidence"]
    if table.get("agreement_of_passes"):
        rows[names["passes"]] = table["agreement_of_passes"]
    return rows


def recall_table(table: Row, names: Mapping[str, str]) -> str:
    """recall@10 of the simple ways to search beside ours, by city."""
    cities = list(table["cities"])
    lines = ["| recall@10 | " + " | ".join(cities) + " |", "|" + "---|" * (len(cities) + 1)]
    ours = {city: table["cities"][city]["recall@10"] for city in cities}
    for way, row in {**table["recall_baselines"], f"**{names['ours']}**": ours}.items():
        lines.append(f"| {way} | " + " | ".join(f"{row[city]:.3f}" for city in cities) + " |")
    return "\n".join(lines)


def twins_table(twins: Mapping[str, Row], heads: str) -> str:
    """The twin dossiers."""
    lines = [heads, "|---|---|---|---|"]
    for name, row in twins.items():
        wrong = len(row["green_capabilities"])
        lines.append(f"| {name} | {row['planted']} | {row['green']} | {wrong} |")
    return "\n".join(lines)


def local_table(table: Row, names: Mapping[str, str], heads: Sequence[str]) -> str:
    """``local`` beside ``screen`` on the cities whose readings were made."""
    local = table.get("local")
    if not local:
        return names["unread"]
    rows = {"screen": local["screen"]["pooled"], "local": local["local"]["pooled"]}
    cities = "、".join(local["local"]["cities"])
    return f"{names['read']}{cities}\n\n{measures_table(rows, heads)}"


ENGLISH = {
    "pooled": "all cities", "silent": "always no_evidence", "passes": "second annotation pass",
    "ours": "ours", "unread": "Not measured here.", "read": "Cities: ",
}  # fmt: skip
CHINESE = {
    "pooled": "全部城市", "silent": "一律“未见证据”", "passes": "第二遍标注",
    "ours": "本工具", "unread": "此处未测。", "read": "城市：",
}  # fmt: skip
HEADS = {
    "docs/evaluation.md": (
        ["QWK", "green F1", "precision", "recall", "fact F1", "false green", "recall@10",
         "citation precision"],
        ENGLISH, "| twins | planted | green of these | green capabilities (all) |",
    ),
    "docs/evaluation.zh.md": (
        ["QWK", "绿色 F1", "精确率", "召回率", "事实 F1", "误绿", "recall@10", "引证准确率"],
        CHINESE, "| 孪生材料 | 埋设 | 其中判绿 | 判绿的能力类特征（全部） |",
    ),
}  # fmt: skip


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
    for page in PAGES:
        heads, names, twin_heads = HEADS[page]
        parts = {
            "cities": measures_table(main_rows(table, names), heads),
            "search": recall_table(table, names),
            "twins": twins_table(table["examples"]["twins"], twin_heads),
            "local": local_table(table, names, heads),
        }
        file = ROOT / page
        file.write_text(filled(file.read_text(encoding="utf-8"), parts), encoding="utf-8")
        print(f"figures: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
