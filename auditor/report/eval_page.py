"""The page of an evaluation: self-contained HTML made from what ``auditor eval -o`` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from auditor.core.criteria import Standard
from auditor.report.eval_charts import (
    AMBER,
    SLATE,
    TEAL,
    Bar,
    change_bar,
    confusion_map,
    interval_bars,
    recall_lines,
    reliability,
)
from auditor.report.eval_words import (
    CITY_COLUMNS,
    FAILED,
    GROUPS,
    MEASURES,
    RETRIEVAL_GROUPS,
    RETRIEVAL_TILES,
    TILES,
    VERDICT_SHORT,
    VERDICT_WORDS,
    Word,
)
from auditor.report.eval_worst import Worst, false_greens, wrong_citations

MOST_SHOWN = 25
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with what stands beside it."""

    word: Word
    value: str
    ends: str
    beside: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One measure in the table: its words and one cell per column."""

    word: Word
    ends: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """Everything that the template shows."""

    judge: str
    quality: str
    in_sample: tuple[str, ...]
    folds: bool
    judged: bool
    features: int
    cities: tuple[str, ...]
    failures: int
    resamples: int
    tiles: tuple[Tile, ...]
    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    confusion: str
    reliability: str
    domains: tuple[tuple[str, str], ...]
    recall: str
    by_verdict: tuple[tuple[str, ...], ...]
    city_heads: tuple[Word, ...]
    city_rows: tuple[tuple[str, bool, tuple[str, ...]], ...]
    false_greens: tuple[Worst, ...]
    wrong_citations: tuple[Worst, ...]
    counts: tuple[int, int]
    cost: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def render_evaluation(table: Row, standard: Standard) -> str:
    """Render the page of one evaluation; document text is escaped by the template engine."""
    return _render("eval.html.j2", page=evaluation_page(table, standard))


def render_comparison(table: Row, standard: Standard) -> str:
    """Render the page of two evaluations compared."""
    return _render(
        "eval_compare.html.j2",
        table=table,
        lines=tuple(_compared_lines(table)),
        bar=change_bar(
            [
                ("变好", "#1f7a5c", table["counts"]["better"]),
                ("持平", "#b5b2aa", table["counts"]["other"]),
                ("变差", "#b4493f", table["counts"]["worse"]),
            ]
        ),
        texts={f.id: f.text for f in standard.features},
        words={**VERDICT_WORDS, None: FAILED},
    )


def _render(name: str, **context: Any) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    folder = files("auditor.report") / "templates"
    style = (folder / "eval.css").read_text(encoding="utf-8")
    source = (folder / name).read_text(encoding="utf-8")
    return environment.from_string(source).render(style=style, **context)


def evaluation_page(table: Row, standard: Standard) -> EvaluationPage:
    """Gather the context of the template."""
    manifest = table.get("manifest") or {}
    judged = bool(table.get("judged", True))
    greens, wrong = tuple(false_greens(table, standard)), tuple(wrong_citations(table, standard))
    return EvaluationPage(
        judge=str(table.get("judge", "")),
        quality=str((manifest.get("judge") or {}).get("quality", "")),
        in_sample=tuple(table.get("in_sample") or ()),
        folds=table.get("weights") == "leave_one_city_out",
        judged=judged,
        features=table["pooled"]["n"],
        cities=tuple(table["cities"]),
        failures=int(table["pooled"]["failures"] or 0),
        resamples=(table.get("intervals") or {}).get("resamples", 0),
        tiles=tuple(_tile(name, table) for name in (TILES if judged else RETRIEVAL_TILES)),
        columns=tuple(name for name, _ in _columns(table)),
        groups=tuple(_groups(table, GROUPS if judged else RETRIEVAL_GROUPS)),
        confusion=confusion_map(table["confusion"], VERDICT_SHORT, ("标注 gold ↓", "判断 ours →")),
        reliability=_reliability(table),
        domains=tuple(_domain_plots(table, judged)),
        recall=_recall(table),
        by_verdict=tuple(_by_verdict(table)),
        city_heads=tuple(MEASURES[name] for name in CITY_COLUMNS),
        city_rows=tuple(_city_rows(table)),
        false_greens=greens[:MOST_SHOWN],
        wrong_citations=wrong[:MOST_SHOWN],
        counts=(len(greens), len(wrong)),
        cost=tuple(_cost(table)),
        warnings=tuple(_warnings(table)),
    )


def _columns(table: Row) -> list[tuple[str, Row]]:
    """What stands beside our figures: the trivial baseline, other results, the annotators."""
    columns = [("全判未见 trivial", table["baselines"]["always_no_evidence"])]
    columns += [(name, other["pooled"]) for name, other in (table.get("beside") or {}).items()]
    passes = table.get("agreement_of_passes")
    return [*columns, ("两遍标注 A↔B", passes)] if passes else columns


def _ends(table: Row, name: str, key: str = "pooled", inner: str = "") -> Sequence[float] | None:
    ends = (table.get("intervals") or {}).get(key) or {}
    ends = ends.get(inner) or {} if inner else ends
    found: Sequence[float] | None = ends.get(name)
    return found


def number(name: str, value: float | None) -> str:
    """A measure for people: counts whole, shares in three decimals, — where undefined."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if name == "failures" else f"{value:.3f}"


def _spread(ends: Sequence[float] | None) -> str:
    if not ends:
        return ""
    return f"{ends[0]:.3f} … {ends[1]:.3f}" if ends[0] < 0 else f"{ends[0]:.3f}–{ends[1]:.3f}"


def _tile(name: str, table: Row) -> Tile:
    return Tile(
        word=MEASURES[name],
        value=number(name, table["pooled"].get(name)),
        ends=_spread(_ends(table, name)),
        beside=tuple(
            (head.split(" ")[0], number(name, column.get(name)))
            for head, column in _columns(table)
            if column.get(name) is not None
        ),
    )


def _groups(
    table: Row, groups: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[tuple[str, tuple[Line, ...]]]:
    columns = [table["pooled"], *(column for _, column in _columns(table))]
    for head, names in groups:
        lines = tuple(
            Line(
                MEASURES[name],
                _spread(_ends(table, name)),
                tuple(number(name, column.get(name)) for column in columns),
            )
            for name in names
            if columns[0].get(name) is not None
        )
        if lines:
            yield head, lines


def _reliability(table: Row) -> str:
    curves = table.get("calibration") or {}
    if not curves.get("green"):
        return ""
    return reliability(
        [
            ("判绿的概率 P(green)", TEAL, curves["green"]),
            ("最可能的结论 top class", AMBER, curves["top"]),
        ],
        ("给出的概率 chance given", "实际比例 came true"),
    )


def _domain_plots(table: Row, judged: bool) -> Iterator[tuple[str, str]]:
    names = ("qwk", "green_f1", "citation_precision", "recall@10") if judged else ("recall@10",)
    passes = (table.get("passes") or {}).get("domains") or {}
    for name in names:
        bars = [
            Bar(
                table["domain_names"].get(key, key),
                row.get(name),
                ends if (ends := _tuple(_ends(table, name, "domains", key))) else None,
                (passes.get(key) or {}).get(name),
                f"n={row['n']}",
            )
            for key, row in table["domains"].items()
        ]
        yield f"{MEASURES[name].name} {MEASURES[name].english}", interval_bars(bars)


def _tuple(ends: Sequence[float] | None) -> tuple[float, float] | None:
    return (ends[0], ends[1]) if ends else None


def _recall(table: Row) -> str:
    curves = table.get("recall_curve") or {}
    if not curves.get("any"):
        return ""
    return recall_lines(
        [("任一引文 any", TEAL, curves["any"]), ("全部引文 all", SLATE, curves["all"])],
        ("前 k 个片段 first k passages", "召回 recall"),
    )


def _by_verdict(table: Row) -> Iterator[tuple[str, ...]]:
    rows = table.get("retrieval_by_verdict") or {}
    for verdict, row in ((v, rows[v]) for v in VERDICT_WORDS if v in rows):
        names = ("recall@5", "recall@10", "recall@20", "recall_all@10", "ndcg@10")
        figures = tuple(number(name, row[name]) for name in names)
        yield (VERDICT_WORDS[verdict], str(row["asked"]), *figures)


def _city_rows(table: Row) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    fitted = set(table.get("in_sample") or ())
    passes = (table.get("passes") or {}).get("cities") or {}
    for city, row in table["cities"].items():
        cells = tuple(number(name, row.get(name)) for name in CITY_COLUMNS)
        yield city, city in fitted, cells
        if city in passes:
            beside = tuple(number(name, passes[city].get(name)) for name in CITY_COLUMNS)
            yield "　A↔B", False, beside


def _warnings(table: Row) -> Iterator[str]:
    for city, count in (table.get("unlabelled") or {}).items():
        yield f"{city}：{count} 条特征没有标注，未计入"
    yield from table.get("warnings") or ()


def _cost(table: Row) -> Iterator[tuple[str, str]]:
    sides = [("本次 this run", table.get("cost"))]
    sides += [(name, other.get("cost")) for name, other in (table.get("beside") or {}).items()]
    words = (
        ("calls", "次调用"), ("prompt_tokens", "输入 token"), ("completion_tokens", "输出 token"),
        ("seconds", "秒"),
    )  # fmt: skip
    for name, cost in sides:
        spent: Row = cost or {}
        parts = [f"{spent[k]:,.0f} {w}" for k, w in words if spent.get(k) is not None]
        if parts:
            yield name, "　".join(parts)


def _compared_lines(table: Row) -> Iterator[tuple[Word, tuple[str, str, str], str, str]]:
    """Each measure that both have: words, figures, interval, and whether the gain is sure."""
    for name, row in table["measures"].items():
        if name not in MEASURES or row["gain"] is None:
            continue
        ends = row["interval"]
        sure = "" if not ends else "up" if ends[0] > 0 else "down" if ends[1] < 0 else ""
        spread = f"{ends[0]:+.3f} … {ends[1]:+.3f}" if ends else "—"
        gain = f"{row['gain']:+.0f}" if name == "failures" else f"{row['gain']:+.3f}"
        figures = (number(name, row["before"]), number(name, row["after"]), gain)
        yield MEASURES[name], figures, spread, sure
