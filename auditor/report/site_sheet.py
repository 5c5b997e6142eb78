"""The sheet 现场记录 of the working papers: what was found on site, and blank rows for more.

The yellow columns are the auditor's; ``auditor review import`` takes new rows back as events
(auditor/offline.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.report.language import Words
from auditor.report.site_records import ASKED, NAMES, SiteRecord, cells_of, methods
from auditor.sheets.book import HEAD, LINE, OPEN, Book, lines_of
from auditor.sheets.texts import neutral

WIDTHS = (14, 11, 12, 16, 18, 18, 12, 14, 30, 36, 22, 30, 12, 21, 22, 10, 18, 12)
HIDDEN = "sr_event_hash"
BLANK_ROWS, BLANK_HEIGHT = 40, 34
LAST_ROW = 2_000
"""Up to which row the lists to choose from reach."""
FIRST = 2
HIGHEST = 300.0
LONGEST_CELL = 32_000
TEXT = "@"
"""The number format that keeps dates and hashes as they are typed."""


def add_site_sheet(book: Book, records: Sequence[SiteRecord], features: str, w: Words) -> None:
    """Add the sheet; ``features`` is the range of cells that lists the ids of the features."""
    sheet = book.book.add_worksheet(w["sr_sheet"])
    sheet.hide_gridlines(2)
    sheet.set_row(0, 26)
    title = book.format(bold=True, font_size=13, font_color=HEAD)
    sheet.write_string(0, 0, w["sr_title"], title)
    _heads(book, sheet, w)
    row = FIRST
    for record in records:
        _record(book, sheet, row, cells_of(record, w))
        row += 1
    for blank in range(row, row + BLANK_ROWS):
        sheet.set_row(blank, BLANK_HEIGHT)
        for column, name in enumerate(NAMES):
            sheet.write_blank(blank, column, None, _look(book, name, is_new=True))
    _lists(sheet, row, features, w)
    sheet.freeze_panes(FIRST, 1)
    sheet.autofilter(1, 0, row + BLANK_ROWS - 1, len(NAMES) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(2, 0)
    sheet.print_area(1, 0, row + BLANK_ROWS - 1, len(NAMES) - 1)
    sheet.repeat_rows(1)
    sheet.repeat_columns(0, 0)
    sheet.set_header("&L" + w["sr_title"].replace("&", "&&"))
    sheet.set_footer("&C&P / &N")


def _heads(book: Book, sheet: Any, w: Words) -> None:
    for column, (name, width) in enumerate(zip(NAMES, WIDTHS, strict=True)):
        sheet.set_column(column, column, width, None, {"hidden": name == HIDDEN})
        back = "#F59E0B" if name in ASKED else HEAD
        look = book.format(
            bold=True, align="center", border=1, text_wrap=True, bg_color=back, font_color="#FFFFFF"
        )
        sheet.write_string(1, column, w[name], look)


def _look(book: Book, name: str, is_new: bool) -> Any:
    look = {"border": 1, "border_color": LINE, "text_wrap": True, "valign": "top"}
    if is_new and name in ASKED:
        look["bg_color"] = OPEN
    return book.format(num_format=TEXT, **look)


def _record(book: Book, sheet: Any, row: int, cells: dict[str, str]) -> None:
    widths = zip(NAMES, WIDTHS, strict=True)
    tall = max(lines_of(cells[name], width) for name, width in widths if name != HIDDEN)
    sheet.set_row(row, min(HIGHEST, 15.0 * tall + 4))
    for column, name in enumerate(NAMES):
        text = neutral(cells[name])[:LONGEST_CELL]
        sheet.write_string(row, column, text, _look(book, name, is_new=False))


def _lists(sheet: Any, first: int, features: str, w: Words) -> None:
    """What can be chosen, and what a cell wants to hear, in the rows for new records."""
    asked: dict[str, dict[str, Any]] = {
        "sr_feature": {"validate": "list", "source": features},
        "sr_method": {"validate": "list", "source": methods(w)},
        "sr_date": {"validate": "any", "input_message": w["sr_hint_date"]},
        "sr_roles": {"validate": "any", "input_message": w["sr_hint_roles"]},
        "sr_network": {"validate": "any", "input_message": w["sr_hint_network"]},
        "sr_sha256": {"validate": "any", "input_message": w["sr_hint_sha256"]},
        "sr_time": {"validate": "any", "input_message": w["sr_hint_time"]},
    }
    for name, rule in asked.items():
        column = NAMES.index(name)
        sheet.data_validation(first, column, LAST_ROW, column, {"ignore_blank": True, **rule})
