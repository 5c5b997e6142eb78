"""规则敏感性: levels under other rules and thresholds, and the smallest sets of verdicts that tip.

Thresholds and flips are those of ``auditor stress``; a sentence says so where there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.core.result import Result
from auditor.core.scores import NodeScore
from auditor.core.stress import Flips, Stress
from auditor.report.language import Words
from auditor.sheets.book import HEAD, LINE, Book, lines_of
from auditor.sheets.texts import neutral

RULE_WIDTH, TITLE_WIDTH, NODE_WIDTH = 14, 40, 14
LEADING = 2
"""Columns before those of the nodes."""
HIGHEST = 300.0


class Blocks:
    """Tables below one another on a sheet whose columns are a rule, a title, and nodes."""

    def __init__(self, book: Book, name: str, columns: int) -> None:
        self._book = book
        self._columns = columns
        self._row = 0
        self.sheet: Any = book.book.add_worksheet(name)
        self.sheet.hide_gridlines(2)
        self.sheet.set_column(0, 0, RULE_WIDTH)
        self.sheet.set_column(1, 1, TITLE_WIDTH)
        self.sheet.set_column(LEADING, columns - 1, NODE_WIDTH)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&C&P / &N")

    def title(self, text: str) -> None:
        """Add a heading, a row apart from what is above."""
        self._row += bool(self._row)
        look = self._book.format(bold=True, font_size=13, font_color=HEAD)
        self.sheet.set_row(self._row, 26)
        self.sheet.write_string(self._row, 0, text, look)
        self._row += 1

    def heads(self, texts: Sequence[str]) -> None:
        """Add a row of column heads; the last one reaches to the end."""
        self._write(texts, bold=True, align="center", bg_color=HEAD, font_color="#FFFFFF")

    def row(self, texts: Sequence[str]) -> None:
        """Add a row; the last text reaches to the end, and makes the row high enough."""
        self._write(texts, border_color=LINE)

    def sentence(self, text: str) -> None:
        """Add a text across all columns."""
        self._write([text], border_color=LINE)

    def _write(self, texts: Sequence[str], **look: Any) -> None:
        form = self._book.format(border=1, text_wrap=True, **look)
        last = len(texts) - 1
        room = NODE_WIDTH * (self._columns - last)
        if not last:
            room = RULE_WIDTH + TITLE_WIDTH + NODE_WIDTH * (self._columns - LEADING)
        self.sheet.set_row(self._row, min(HIGHEST, 15.0 * lines_of(texts[last], room) + 5))
        for column, text in enumerate(texts[:-1]):
            self.sheet.write_string(self._row, column, neutral(text), form)
        if last < self._columns - 1:
            self.sheet.merge_range(self._row, last, self._row, self._columns - 1, "", form)
        self.sheet.write_string(self._row, last, neutral(texts[last]), form)
        self._row += 1


def add_sensitivity_sheet(book: Book, result: Result, w: Words) -> None:
    """Add the sheet: rules, then thresholds and smallest flips where they were worked out."""
    nodes = [n for n in result.standing.shown.nodes if n.kind in ("city", "domain")]
    blocks = Blocks(book, w["wp_sheet_rules"], LEADING + len(nodes))
    names = [node.name for node in nodes]
    blocks.title(w["wp_sheet_rules"])
    blocks.heads([w["wp_rule"], w["wp_rule_title"], *names])
    for rule in result.rules:
        levels = (str(rule.levels.get(node.id, 0)) for node in nodes)
        blocks.row([rule.rule, rule.title, *levels])
    found = result.stress
    if found is None:
        blocks.title(w["st_flips"].format(rule=result.standing.shown.profile))
        blocks.sentence(w["st_none"])
        return
    _thresholds(blocks, found, nodes, w)
    _flips(blocks, found, nodes, w)


def _thresholds(blocks: Blocks, found: Stress, nodes: Sequence[NodeScore], w: Words) -> None:
    blocks.title(w["st_thresholds"].format(rule=found.profile))
    blocks.heads([w["wp_rule"], w["st_share"], *(node.name for node in nodes)])
    for share, levels in sorted(found.thresholds.items()):
        shown = (str(levels.get(node.id, 0)) for node in nodes)
        blocks.row([found.profile, f"τ = {share:.2f}", *shown])


def _flips(blocks: Blocks, found: Stress, nodes: Sequence[NodeScore], w: Words) -> None:
    blocks.title(w["st_flips"].format(rule=found.profile))
    blocks.heads([w["wp_node"], w["st_what"], w["st_count"], w["st_features"]])
    for node in nodes:
        for flips in found.flips:
            if flips.node_id == node.id:
                blocks.row(_flips_cells(flips, node, w))


def _flips_cells(flips: Flips, node: NodeScore, w: Words) -> list[str]:
    what = w["st_up" if flips.up else "st_down"].format(level=flips.level)
    ids = w["list_comma"].join(flips.feature_ids)
    return [node.name, what, str(len(flips.feature_ids)), ids]
