"""The matrix as XLSX: places, nodes, features; frozen heads, filters, colours; never a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from auditor.core.across import MEAN, Across, Cell, CityRow, Entry, Mark
from auditor.core.criteria import LEVELS, Feature, Standard
from auditor.core.findings import Verdict
from auditor.core.scores import NodeScore
from auditor.report.across.tables import nodes_by_id, shares_of
from auditor.report.across.wording import across_words, copied_said, judges_of
from auditor.report.language import Words
from auditor.sheets.book import HEAD, LINE, Book
from auditor.sheets.texts import neutral

COLOURS: dict[Cell, str] = {
    Verdict.MET: "#7DBE9F",
    Verdict.MOSTLY_MET: "#BFDFCF",
    Verdict.PARTLY_MET: "#F2DCA6",
    Verdict.PLANNED: "#D3D6EE",
    Verdict.NOT_MET: "#E9B8B1",
    Verdict.NO_EVIDENCE: "#F1F0EC",
    Mark.FAILED: "#C9A0A0",
    Mark.EXCUSED: "#DDDDDD",
    Mark.UNASKED: "#FFFFFF",
}
TICK = "✓"
SCALE = {
    "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
    "min_value": 0, "mid_value": 0.5, "max_value": 1,
    "min_color": "#F7F4EE", "mid_color": "#84B7BE", "max_color": "#3F8496",
}  # fmt: skip
MOST_COPIED = 2000
KINDS = ("domain", "subdomain", "item")
Say = Callable[[Entry], str]
Cells = Sequence[str | float | int | None]


def matrix_xlsx(across: Across, standard: Standard, lang: str) -> bytes:
    """The workbook in a language."""
    w = across_words(lang)
    book = Book(w["title"])
    sheets = _Sheets(book, across, standard, w)
    sheets.notes()
    sheets.places()
    for kind in KINDS:
        sheets.nodes(kind)
    sheets.features("shown", lambda e: _said(e, w))
    sheets.features("machine", lambda e: w[f"short_{e.machine.value}"])
    sheets.features("confirmed", lambda e: w[f"short_{e.shown.value}"] if e.decided else "")
    sheets.counts()
    sheets.copied()
    return book.close()


def _said(entry: Entry, w: Words) -> str:
    return w[f"short_{entry.shown.value}"] + (TICK if entry.decided else "")


class _Sheets:
    """The sheets of one workbook."""

    def __init__(self, book: Book, across: Across, standard: Standard, w: Words) -> None:
        self._book, self._across, self._standard, self._w = book, across, standard, w
        order = [row.key for row in across.ranked]
        older = sorted(set(across.by_key) - set(order))
        self._rows = [across.by_key[key] for key in (*order, *older)]
        self._head = book.format(
            bold=True, font_color="#FFFFFF", bg_color=HEAD, border=1, text_wrap=True, align="center"
        )
        self._text = book.format(border=1, border_color=LINE)
        self._long = book.format(border=1, border_color=LINE, text_wrap=True)
        self._share = book.format(border=1, border_color=LINE, num_format="0%", align="center")
        self._whole = book.format(border=1, border_color=LINE, align="center")

    def notes(self) -> None:
        """What the figures mean, and which runs were left out."""
        w, across = self._w, self._across
        rule = across.profile
        rows = [
            ("", w["what"]),
            ("", w["rule_said"].format(rule=rule.id, own=rule.own, lower=rule.lower)),
            (w["places"], w["places_note"]),
            (w["judge"], w["list_comma"].join(judges_of(across.rows))),
            (w["copied"], w["copied_note"]),
            ("", copied_said(across.copied, w)),
            (w["potential"], w["potential_note"]),
        ]
        rows += [(f"{w['left_out']}：{x.name}", f"{x.reason} {x.hint}") for x in across.left_out]
        columns = [(w["name"], 26.0), (w["sheet_note"], 110.0)]
        self._book.table(w["sheet_note"], w["title"], columns, rows)

    def _sheet(self, name: str, heads: Sequence[str], freeze: int, widths: Sequence[float]) -> int:
        """A sheet with one head row; gives its index."""
        sheet = self._book.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        for at, head in enumerate(heads):
            sheet.write_string(0, at, neutral(head), self._head)
            sheet.set_column(at, at, widths[min(at, len(widths) - 1)])
        sheet.set_row(0, 46)
        sheet.freeze_panes(1, freeze)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        return len(self._book.book.worksheets()) - 1

    def _fill(self, at: int, rows: Iterator[Cells], shares: Sequence[int]) -> None:
        """Write rows of texts and numbers; ``shares`` are the columns in per cent, coloured."""
        sheet = self._book.book.worksheets()[at]
        last, columns = 0, 0
        for last, row in enumerate(rows, start=1):
            columns = max(columns, len(row))
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(last, column, neutral(value), self._text)
                elif value is None:
                    sheet.write_blank(last, column, None, self._text)
                else:
                    wanted = self._share if column in shares else self._whole
                    sheet.write_number(last, column, value, wanted)
        if last:
            sheet.autofilter(0, 0, last, columns - 1)
            for column in shares:
                sheet.conditional_format(1, column, last, column, SCALE)

    def places(self) -> None:
        """Bands and ranks by the mean; coverage by level; machine and confirmed apart."""
        w = self._w
        levels = [w["nth_level"].format(n=n) for n in LEVELS]
        heads = [
            w["band"], w["rank_range"], w["key"], w["coverage"], f"{w['interval']} ↓",
            f"{w['interval']} ↑", *levels, w["level"],
            *(f"{w['machine']} {name}" for name in levels), f"{w['machine']} {w['level']}",
            *(f"{w['confirmed']} {name}" for name in levels), w["confirmed_level"],
            w["decided"], w["failed_count"], w["papers"], w["judge"],
        ]  # fmt: skip
        at = self._sheet(w["sheet_places"], heads, 3, [6, 10, 22, 9])
        self._fill(at, self._place_rows(), (3, 4, 5, *range(6, 11), *range(12, 17), *range(18, 23)))

    def _place_rows(self) -> Iterator[Cells]:
        places = {place.key: place for place in self._across.rankings[MEAN]}
        for row in self._rows:
            place = places.get(row.key)
            shown, machine, confirmed = (
                nodes_by_id(score).get("city") for score in (row.shown, row.machine, row.confirmed)
            )
            yield (
                place.band if place else None,
                f"{place.best}–{place.worst}" if place else self._w["older"],
                row.key,
                *((place.coverage, *place.interval) if place else (None, None, None)),
                *shares_of(shown), row.shown.level,
                *shares_of(machine), row.machine.level,
                *shares_of(confirmed), row.confirmed.level,
                row.decided, row.shown.failures, row.papers, row.judge,
            )  # fmt: skip

    def nodes(self, kind: str) -> None:
        """Cities × nodes of a kind: coverage of five levels, level, upper end of the interval."""
        w = self._w
        nodes = list(_named_nodes(self._standard, kind))
        heads = [w["key"]]
        for key, name in nodes:
            heads += [f"{key} {name} {w['nth_level'].format(n=n)}" for n in LEVELS]
            heads += [f"{key} {name} {w['level']}", f"{key} {w['potential']}"]
        at = self._sheet(w[f"sheet_{kind}s"], heads, 1, [22, 9])
        shares = [1 + 7 * group + n for group in range(len(nodes)) for n in range(5)]
        self._fill(at, (self._node_row(row, nodes) for row in self._rows), shares)

    def _node_row(self, row: CityRow, nodes: Sequence[tuple[str, str]]) -> Cells:
        scored = nodes_by_id(row.shown)
        cells: list[str | float | int | None] = [row.key]
        for key, _ in nodes:
            node: NodeScore | None = scored.get(key)
            cells += [*shares_of(node), node.level, node.interval[1]] if node else [None] * 7
        return cells

    def features(self, which: str, say: Say) -> None:
        """Features × cities; a colour for each verdict."""
        w = self._w
        heads = [w["feature"], w["level"], w["text"], *(row.key for row in self._rows)]
        at = self._sheet(w[f"sheet_{which}"], heads, 3, [16, 6, 46, 9])
        sheet = self._book.book.worksheets()[at]
        colours = {cell: self._colour(cell) for cell in COLOURS}
        for line, feature in enumerate(self._standard.features, start=1):
            self._feature_head(at, line, feature)
            for column, row in enumerate(self._rows, start=3):
                entry = row.entries[feature.id]
                cell = entry.machine if which == "machine" else entry.shown
                empty = which == "confirmed" and not entry.decided
                colour = self._text if empty else colours[cell]
                sheet.write_string(line, column, say(entry), colour)
        sheet.autofilter(0, 0, len(self._standard.features), len(heads) - 1)

    def _colour(self, cell: Cell) -> object:
        return self._book.format(
            border=1, border_color=LINE, bg_color=COLOURS[cell], align="center", font_size=9
        )

    def _feature_head(self, at: int, line: int, feature: Feature) -> None:
        sheet = self._book.book.worksheets()[at]
        sheet.write_string(line, 0, feature.id, self._text)
        sheet.write_number(line, 1, feature.level, self._whole)
        sheet.write_string(line, 2, neutral(feature.text), self._text)

    def counts(self) -> None:
        """How many cities stand at each verdict on each feature."""
        w, across = self._w, self._across
        cells = list(across.features[0].counts)
        heads = [w["feature"], w["text"], *(w[c.value] for c in cells), w["share_green"]]
        at = self._sheet(w["sheet_counts"], heads, 2, [16, 60, 10])
        texts = {f.id: f.text for f in self._standard.features}
        rows: Iterator[Cells] = (
            (
                row.feature_id,
                texts[row.feature_id],
                *(row.counts[cell] for cell in cells),
                row.green / row.asked if row.asked else None,
            )
            for row in across.features
        )
        self._fill(at, rows, (len(heads) - 1,))

    def copied(self) -> None:
        """Cited sentences that stand elsewhere, with the nearest other place."""
        w = self._w
        heads = [
            w["template"], w["key"], w["used_for"], w["document"], w["sentence"], w["city_count"],
            w["paper_count"], w["own_figures"], w["also_in"], w["sentence"], w["likeness"],
        ]  # fmt: skip
        at = self._sheet(w["sheet_copied"], heads, 2, [8, 20, 24, 24, 60, 9, 9, 14, 28, 60, 9])
        self._fill(at, self._copied_rows(), (10,))

    def _copied_rows(self) -> Iterator[Cells]:
        w = self._w
        for row in self._across.copied.sentences[:MOST_COPIED]:
            first = (*row.papers, *row.cities)[0]
            own = row.sentence.citation
            yield (
                row.template, row.sentence.key, w["list_comma"].join(row.sentence.feature_ids),
                own.document, own.quote.strip(), row.city_count, row.paper_count,
                w["own_figures"] if row.own_figures else w["verbatim"],
                " ".join(part for part in (first.city, first.document) if part), first.quote,
                first.jaccard,
            )  # fmt: skip


def _named_nodes(standard: Standard, kind: str) -> Iterator[tuple[str, str]]:
    for domain in standard.domains:
        if kind == "domain":
            yield domain.id, domain.name
        for subdomain in domain.subdomains:
            if kind == "subdomain":
                yield subdomain.id, subdomain.name
            for item in subdomain.items if kind == "item" else ():
                yield item.id, item.name
