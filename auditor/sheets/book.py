"""Spreadsheets that the tool writes: texts are never formulas, equal content gives equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from auditor.sheets.texts import neutral

MADE = datetime(2026, 1, 1)
"""The date in the files' properties: fixed, so that equal content gives equal bytes."""
FONT = "微软雅黑"
INK, PALE, LINE, HEAD, OPEN = "#1F2937", "#9CA3AF", "#D1D5DB", "#1F4E79", "#FFFBEB"


class Book:
    """A workbook in memory with one common look; formats are made once each."""

    def __init__(self, title: str) -> None:
        self._buffer = io.BytesIO()
        options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self.book = xlsxwriter.Workbook(self._buffer, options)
        self.book.set_properties({"title": title, "created": MADE})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **options: Any) -> Any:
        """Give the format with these options over the common ones."""
        key = tuple(sorted(options.items()))
        if key not in self._formats:
            common = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**common, **options})
        return self._formats[key]

    def table(
        self,
        name: str,
        title: str,
        columns: Sequence[tuple[str, float]],
        rows: Sequence[Sequence[str]],
    ) -> None:
        """Add a sheet with a title, a head row (frozen, with a filter) and rows of texts.

        ``columns`` gives heads and widths in characters; texts are neutralised.
        """
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_row(0, 30)
        sheet.write_string(0, 0, title, self.format(bold=True, font_size=14, font_color=HEAD))
        white = {"font_color": "#FFFFFF", "bg_color": HEAD, "bold": True, "align": "center"}
        white["text_wrap"] = True
        sheet.set_row(1, 15 * max(lines_of(head, width) for head, width in columns) + 5)
        for index, (head, width) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_string(1, index, head, self.format(border=1, **white))
        cell = self.format(border=1, border_color=LINE, text_wrap=True)
        for number, row in enumerate(rows, start=2):
            lines = (lines_of(text, width) for text, (_, width) in zip(row, columns, strict=True))
            sheet.set_row(number, 15 * min(20, max(lines)) + 5)
            for index, text in enumerate(row):
                sheet.write_string(number, index, neutral(text), cell)
        sheet.freeze_panes(2, 0)
        sheet.autofilter(1, 0, max(1, len(rows) + 1), len(columns) - 1)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)

    def close(self) -> bytes:
        """Finish the workbook and give its bytes."""
        self.book.close()
        return self._buffer.getvalue()


def lines_of(text: str, width: float) -> int:
    """Estimate the lines that a text takes in a column: Chinese characters are two wide."""
    parts = (sum(2 if ord(c) > 0x2E7F else 1 for c in part) for part in text.split("\n"))
    return sum(max(1, -(-wide // max(1, int(width) - 2))) for wide in parts)
