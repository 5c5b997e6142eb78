"""Tables of measured figures in Markdown, from the file that ``make eval`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.report.eval_page import number
from auditor.report.eval_words import GROUPS, MEASURES, VERDICT_WORDS

COLUMNS = (
    "qwk", "ac2", "green_f1", "green_precision", "green_recall", "fact_f1", "false_green",
    "recall@10", "recall@20", "citation_precision", "coverage_domain_mae",
)  # fmt: skip
DOMAIN_COLUMNS = (
    "n", "qwk", "green_f1", "fact_f1", "false_green", "recall@10", "citation_precision",
    "coverage_item_mae",
)  # fmt: skip
RETRIEVAL_COLUMNS = (
    "recall@5", "recall@10", "recall@20", "recall_all@10", "recall_all@20", "ndcg@10",
)  # fmt: skip
Row = Mapping[str, Any]
Words = Mapping[str, str]


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table; the first column is text, the others are figures."""
    rows = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join([*rows, *("| " + " | ".join(line) + " |" for line in lines)])


def names_of(columns: Sequence[str], words: Words) -> list[str]:
    """Heads of columns in the language of the page."""
    chinese = words["lang"] == "zh"
    heads = {"n": words["n"]}
    return [heads.get(c) or (MEASURES[c].name if chinese else MEASURES[c].english) for c in columns]


def figure(name: str, value: float | None) -> str:
    """A figure as the page shows it."""
    return f"{value:.0f}" if name == "n" and value is not None else number(name, value)


def measures_table(rows: Mapping[str, Row], columns: Sequence[str], words: Words) -> str:
    """One line a row, the given measures across."""
    lines = [[name, *(figure(c, row.get(c)) for c in columns)] for name, row in rows.items()]
    return markdown(["", *names_of(columns, words)], lines)


def main_rows(table: Row, words: Words) -> dict[str, Row]:
    """Pooled, each city, and what stands beside them."""
    rows = {f"**{words['pooled']}**": table["pooled"], **table["cities"]}
    rows[words["silent"]] = table["baselines"]["always_no_evidence"]
    rows |= {name: other["pooled"] for name, other in (table.get("beside") or {}).items()}
    if table.get("agreement_of_passes"):
        rows[words["passes"]] = table["agreement_of_passes"]
    return rows


def all_measures(table: Row, words: Words) -> str:
    """Every measure with its interval, the baselines and the annotators beside it."""
    beside = {words["silent"]: table["baselines"]["always_no_evidence"]}
    beside |= {name: other["pooled"] for name, other in (table.get("beside") or {}).items()}
    beside[words["passes"]] = table.get("agreement_of_passes") or {}
    ends = (table.get("intervals") or {}).get("pooled") or {}
    lines = []
    for _, names in GROUPS:
        for name in names:
            word, spread = MEASURES[name], ends.get(name)
            if table["pooled"].get(name) is None:
                continue
            said = f"{word.name}（{word.meaning}）" if words["lang"] == "zh" else word.english
            between = f"{spread[0]:.3f} … {spread[1]:.3f}" if spread else "—"
            figures = [figure(name, column.get(name)) for column in beside.values()]
            lines.append([said, figure(name, table["pooled"][name]), between, *figures])
    return markdown([words["measure"], words["ours"], "95 %", *beside], lines)


def domains_table(table: Row, words: Words) -> str:
    """Each domain over all cities."""
    names = table["domain_names"]
    rows = {f"{key} {names[key]}": row for key, row in table["domains"].items()}
    return measures_table(rows, DOMAIN_COLUMNS, words)


def retrieval_table(table: Row, words: Words) -> str:
    """Recall of gold quotes by gold verdict."""
    found = table["retrieval_by_verdict"]
    lines = [
        [
            VERDICT_WORDS[verdict] if words["lang"] == "zh" else verdict,
            str(found[verdict]["asked"]),
            *(number(c, found[verdict][c]) for c in RETRIEVAL_COLUMNS),
        ]
        for verdict in VERDICT_WORDS
        if verdict in found
    ]
    return markdown([words["gold"], words["n"], *names_of(RETRIEVAL_COLUMNS, words)], lines)


def confusion_table(table: Row, words: Words) -> str:
    """Counts of gold verdicts (lines) and ours (columns)."""
    chinese = words["lang"] == "zh"
    names = {v: VERDICT_WORDS[v] if chinese else v for v in VERDICT_WORDS}
    counts = table["confusion"]
    lines = [[names[g], *(str(counts[g][o]) for o in names)] for g in names]
    return markdown([words["confusion"], *names.values()], lines)


def reliability_table(table: Row, words: Words) -> str:
    """The reliability curve of P(green)."""
    lines = [
        [f"{p['chance']:.3f}", f"{p['came_true']:.3f}", str(p["n"])]
        for p in table["calibration"]["green"]
    ]
    return markdown([words["chance"], words["came_true"], words["n"]], lines)


def recall_table(table: Row, words: Words) -> str:
    """recall@10 of the simple ways to search beside ours, by city."""
    ours = {city: row["recall@10"] for city, row in table["cities"].items()}
    ways = {**table["recall_baselines"], f"**{words['ours']}**": ours}
    lines = [[way, *(number("", row[city]) for city in ours)] for way, row in ways.items()]
    return markdown(["recall@10", *ours], lines)


def twins_table(twins: Mapping[str, Row], words: Words) -> str:
    """The twin dossiers."""
    lines = [
        [name, str(row["planted"]), str(row["green"]), str(len(row["green_capabilities"]))]
        for name, row in twins.items()
    ]
    return markdown(words["twins"].split("|"), lines)


def local_table(table: Row, words: Words) -> str:
    """``local`` beside ``screen`` on the cities whose readings were made."""
    local = table.get("local")
    if not local:
        return words["unread"]
    rows = {"screen": local["screen"]["pooled"], "local": local["local"]["pooled"]}
    cities = "、".join(local["local"]["cities"])
    return f"{words['read']}{cities}\n\n{measures_table(rows, COLUMNS, words)}"
