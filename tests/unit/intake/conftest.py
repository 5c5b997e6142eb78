"""A small standard, and helpers that make tables as cities fill them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
import xlsxwriter

from auditor.core.criteria import Standard
from auditor.standard import load_standard

Rows = Sequence[Sequence[object]]


@pytest.fixture(scope="session")
def standard() -> Standard:
    return load_standard()


def workbook(sheets: dict[str, Rows], merged: Sequence[tuple[int, int, int]] = ()) -> bytes:
    """Write sheets of values; ``merged`` (column, first row, last row) of the last sheet."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, list(row))
        last = rows
    for column, first, end in merged:
        sheet.merge_range(first, column, end, column, last[first][column])
    book.close()
    return buffer.getvalue()


@pytest.fixture(scope="session")
def make_workbook() -> Callable[..., bytes]:
    return workbook
