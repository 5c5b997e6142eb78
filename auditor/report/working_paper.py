"""评估底稿: the working papers as a workbook in which an auditor can decide offline.

One row a feature; the yellow columns are the auditor's. ``auditor review import`` takes what was
filled in back as review events (auditor/reviewing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.core.criteria import LEVELS, Standard
from auditor.core.findings import VERDICTS, Verdict
from auditor.core.result import Result
from auditor.core.scores import NodeScore
from auditor.core.site import SiteVisit
from auditor.report.language import Words, words
from auditor.report.rows import FeatureRow, Quote, rows_of, site_lines, visit_line
from auditor.report.sensitivity import add_sensitivity_sheet
from auditor.report.shared_facts import share_lines, shared_facts
from auditor.report.signatures import COLUMNS, record_of
from auditor.report.site_records import SiteRecord, records_of
from auditor.report.site_sheet import add_site_sheet
from auditor.sheets.book import HEAD, LINE, OPEN, Book, lines_of
from auditor.sheets.texts import neutral

HEADS: Sequence[tuple[str, float]] = (
    ("wp_id", 14), ("wp_domain", 12), ("wp_subdomain", 14), ("wp_item", 14), ("wp_level", 6),
    ("wp_text", 36), ("wp_verdict", 11), ("wp_confidence", 7), ("wp_flag", 8), ("wp_elements", 30),
    ("wp_quotes", 48), ("wp_document", 24), ("wp_number", 16), ("wp_page", 7), ("wp_date", 12),
    ("wp_reason", 36), ("wp_checks", 36), ("wp_shared", 24), ("wp_lacking", 24), ("wp_claimed", 11),
    ("wp_decision", 12), ("wp_decision_reason", 30), ("wp_reviewer", 12), ("wp_time", 20),
    ("wp_approver", 12), ("wp_decided_on", 40), ("wp_site", 30), ("wp_event", 18),
    ("wp_event_hash", 12), ("wp_finding", 12),
)  # fmt: skip
NAMES = tuple(name for name, _ in HEADS)
ASKED = NAMES[NAMES.index("wp_decision") : NAMES.index("wp_decided_on")]
HIDDEN = ("wp_event_hash", "wp_finding")
NOTES = ("fill", "import", "site", "proof", "shared")
FROZEN = 1
"""Columns that stay in sight: the feature's id."""
TINTS: Mapping[str, str] = {
    "met": "#C6E7D0",
    "mostly_met": "#DDF0DF",
    "partly_met": "#FFF1C9",
    "planned": "#DCE9F7",
    "not_met": "#F6D5D1",
    "no_evidence": "#EEEEEE",
}
HIGHEST = 300.0


def working_paper(result: Result, standard: Standard, lang: str) -> bytes:
    """The workbook; equal results give equal bytes."""
    w = words(lang)
    city = str(result.run.manifest["city"])
    book = Book(w["wp_title"].format(city=city))
    rows = rows_of(result, standard, w)
    _features(book, rows, _across(result, w), w, city)
    features = f"='{w['wp_sheet_features']}'!$A$3:$A${max(3, len(rows) + 2)}"
    add_site_sheet(book, records_of(result.events), features, w)
    _nodes(book, result, w, "item", "wp_sheet_items")
    _nodes(book, result, w, "domain", "wp_sheet_domains")
    book.table(w["wp_sheet_documents"], w["documents"], *_documents(result, w))
    book.table(w["wp_sheet_conflicts"], w["wp_sheet_conflicts"], *_conflicts(result, w))
    add_sensitivity_sheet(book, result, w)
    record = record_of(result, standard, w)
    if record is not None:
        columns = [(w[name], width) for name, width in COLUMNS]
        declared = [[a, w["sg_declaration"], text, time, ""] for a, time, text in record.declared]
        lines = [["", "", "", "", record.said], *record.rows, *declared]
        book.table(w["sg_title"], w["sg_title"], columns, lines)
    notes = [[w["first_judgement"]], *([w[f"wp_note_{name}"]] for name in NOTES)]
    book.table(w["wp_sheet_about"], w["wp_title"].format(city=city), [(w["wp_notes"], 100)], notes)
    return book.close()


Cells = Mapping[str, str]


def _across(result: Result, w: Words) -> dict[str, Cells]:
    """What other findings and the events say of a feature, by its id and column."""
    shared = shared_facts(result.findings)
    paid = result.standing.shown.paid_before
    records = [record for record in records_of(result.events) if not record.decided]
    cells: dict[str, Cells] = {}
    for finding in result.findings:
        key, decision = finding.feature_id, finding.decision
        lines = share_lines(shared.get(key, {}), w)
        if key in paid:
            lines.append(w["wp_paid_before"].format(id=paid[key]))
        visits = [*(decision.site if decision else ()), *_visits(records, key)]
        seen = (visit_line(visit, w) for visit in dict.fromkeys(visits))
        cells[key] = {"wp_shared": "\n".join(lines), "wp_site": "\n".join(seen)}
    return cells


def _visits(records: Iterable[SiteRecord], feature_id: str) -> Iterator[SiteVisit]:
    return (record.visit for record in records if record.feature_id == feature_id)


def _features(
    book: Book, rows: Sequence[FeatureRow], across: Mapping[str, Cells], w: Words, city: str
) -> None:
    sheet = book.book.add_worksheet(w["wp_sheet_features"])
    sheet.hide_gridlines(2)
    title = f"{w['wp_title'].format(city=city)}　{w['wp_note_first']}"
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, neutral(title), book.format(bold=True, font_size=13, font_color=HEAD))
    head = {"bold": True, "align": "center", "border": 1, "text_wrap": True}
    for column, (name, width) in enumerate(HEADS):
        sheet.set_column(column, column, width, None, {"hidden": name in HIDDEN})
        asked = {"bg_color": "#F59E0B", "font_color": "#FFFFFF"}
        given = {"bg_color": HEAD, "font_color": "#FFFFFF"}
        look = book.format(**head, **(asked if name in ASKED else given))
        sheet.write_string(1, column, w[name], look)
    for number, row in enumerate(rows, start=2):
        cells = {**cells_of(row, w), **across[row.feature.id]}
        _feature(book, sheet, number, cells, row.machine)
    last = max(2, len(rows) + 1)
    sheet.freeze_panes(2, FROZEN)
    sheet.autofilter(1, 0, last, len(HEADS) - 1)
    sheet.data_validation(
        2, NAMES.index("wp_decision"), last, NAMES.index("wp_decision"),
        {"validate": "list", "source": choices(w), "ignore_blank": True},
    )  # fmt: skip
    _set_print(sheet, title, last)


def _set_print(sheet: Any, title: str, last: int) -> None:
    """A3 across, two pages wide; the title stands in the page's head, where no column cuts it."""
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(2, 0)
    sheet.print_area(1, 0, last, len(HEADS) - 1)
    sheet.repeat_rows(1)
    sheet.repeat_columns(0, 0)
    sheet.set_header("&L" + title.replace("&", "&&"))
    sheet.set_footer("&C&P / &N")


def choices(w: Words) -> list[str]:
    """The decisions that an auditor can choose, best first."""
    return [*(w[v.value] for v in reversed(VERDICTS)), w["not_applicable"]]


def _feature(book: Book, sheet: Any, number: int, texts: Cells, machine: Verdict | None) -> None:
    cell = {"border": 1, "border_color": LINE, "text_wrap": True, "valign": "top"}
    tall = max(lines_of(texts[name], width) for name, width in HEADS if name not in HIDDEN)
    sheet.set_row(number, min(HIGHEST, 15.0 * tall + 4))
    tint = machine.value if machine else ""
    for column, name in enumerate(NAMES):
        look = dict(cell)
        if name in ASKED:
            look["bg_color"] = OPEN
        elif name == "wp_verdict" and tint:
            look["bg_color"] = TINTS[tint]
        sheet.write_string(number, column, neutral(texts[name]), book.format(**look))


def cells_of(row: FeatureRow, w: Words) -> dict[str, str]:
    """The texts of a row by column."""
    feature, decision = row.feature, row.decision
    return {
        "wp_id": feature.id,
        "wp_domain": feature.domain,
        "wp_subdomain": feature.subdomain,
        "wp_item": feature.item,
        "wp_level": str(feature.level),
        "wp_text": feature.text,
        "wp_verdict": row.verdict,
        "wp_confidence": row.confidence,
        "wp_flag": w["wp_yes"] if row.flagged else "",
        "wp_elements": "\n".join(row.elements),
        "wp_quotes": numbered(q.text for q in row.quotes),
        "wp_document": numbered(q.document for q in row.quotes),
        "wp_number": numbered(q.number for q in row.quotes),
        "wp_page": numbered(q.page for q in row.quotes),
        "wp_date": numbered(q.issued for q in row.quotes),
        "wp_reason": row.reason,
        "wp_checks": "\n".join(row.checks),
        "wp_lacking": "\n".join(row.lacking),
        "wp_claimed": row.claimed,
        "wp_decision": row.decided,
        "wp_decision_reason": decision.reason if decision else "",
        "wp_reviewer": decision.author if decision else "",
        "wp_time": decision.time if decision else "",
        "wp_approver": decision.approver if decision else "",
        "wp_decided_on": numbered(placed(q, w) for q in row.decided_quotes),
        "wp_site": "\n".join(site_lines(decision, w)),
        "wp_event": decision.event_id if decision else "",
        "wp_event_hash": row.event_hash,
        "wp_finding": row.finding_hash,
    }


def placed(quote: Quote, w: Words) -> str:
    """A quote with its document and page."""
    page = (w["page"].format(n=quote.page),) if quote.page else ()
    return f"{quote.text}（{w['list_comma'].join((quote.document, *page))}）"


def numbered(texts: Iterator[str]) -> str:
    """Texts in lines, with numbers where there are several."""
    lines = list(texts)
    if len(lines) < 2:
        return "".join(lines)
    return "\n".join(f"{n}. {text}" if text else "" for n, text in enumerate(lines, 1)).rstrip()


def _nodes(book: Book, result: Result, w: Words, kind: str, name: str) -> None:
    kinds = ("city", kind) if kind == "domain" else (kind,)
    nodes = [n for n in result.standing.shown.nodes if n.kind in kinds]
    columns = [
        (w["wp_node"], 14.0), (w["wp_name"], 24.0),
        *((w["wp_coverage"].format(n=n), 12.0) for n in LEVELS),
        (w["wp_node_level"], 8.0), (w["wp_indicative"], 14.0),
        (w["wp_notes"], 50.0),
    ]  # fmt: skip
    book.table(w[name], w[name], columns, [_node(node, w) for node in nodes])


def _node(node: NodeScore, w: Words) -> list[str]:
    shares = (node.coverage[n] for n in LEVELS)
    return [
        "" if node.kind == "city" else node.id,
        node.name,
        *("—" if share is None else f"{share:.1%}" for share in shares),
        str(node.level),
        w["wp_yes"] if node.indicative else "",
        "\n".join(node.notes),
    ]


Table = tuple[Sequence[tuple[str, float]], Sequence[Sequence[str]]]


def _documents(result: Result, w: Words) -> Table:
    columns = [
        (w["name"], 36.0), (w["wp_document"], 40.0), (w["wp_kind"], 16.0), (w["wp_number"], 20.0),
        (w["wp_issuer"], 24.0), (w["wp_date"], 12.0), (w["pages"], 8.0), (w["wp_counts"], 10.0),
        (w["wp_warning"], 50.0),
    ]  # fmt: skip
    rows = []
    for d in result.run.documents:
        said = d.identity
        rows.append(
            [
                d.name,
                d.title or "",
                w[f"kind_{d.kind.value}"],
                said.number.value if said.number else "",
                said.issuer.value if said.issuer else "",
                d.issued_on.isoformat() if d.issued_on else "",
                str(len(d.pages)) if d.pages else "",
                w["wp_yes"] if d.counts else "",
                "\n".join((*((d.foreign,) if d.foreign else ()), *d.warnings)),
            ]
        )
    rows += [[left.name, "", "", "", "", "", "", "", left.reason] for left in result.run.left_out]
    return columns, rows


def _conflicts(result: Result, w: Words) -> Table:
    columns = [(w["wp_conflict"], 60.0), (w["wp_quote"], 90.0)]
    rows = [
        [check.detail, "\n".join(f"{q.document}：{q.quote}" for q in check.quotes)]
        for check in result.run.contradictions
    ]
    return columns, rows
