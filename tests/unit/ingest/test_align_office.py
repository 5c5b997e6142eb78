"""Tables of Word files as LibreOffice prints them: rows that wrap, are alike, break over pages."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt

from auditor.ingest.pictures import printed
from auditor.ingest.taking import Settings, take_in
from tests.unit.ingest.seen_samples import exactness, seen_in_pdf, sentences_of
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.ingest.test_align import HEAD, plan

WIDTHS_CM = (1.2, 2.4, 2.2, 2.4, 1.8)


def plan_paper(paragraphs: int, *, ruled: bool) -> bytes:
    """A DOCX with a narrow table of sixty works, whose head returns on every page."""
    word = docx.Document()
    word.styles["Normal"].font.size = Pt(12)
    for number in range(paragraphs):
        word.add_paragraph(f"第{number}段说明任务的由来。")
    table = word.add_table(rows=0, cols=len(HEAD) + 1)
    table.autofit = False
    if ruled:
        table.style = "Table Grid"
    for number, texts in enumerate(plan(60)):
        row = table.add_row()
        state = "已完成" if number % 3 else "推进中"
        for cell, text, width in zip(
            row.cells, (*texts, state if number else "状态"), WIDTHS_CM, strict=True
        ):
            cell.text, cell.width = text, Cm(width)
        if not number:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    word.add_paragraph("表后的最后一段，说明任务由谁督办。")
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize("paragraphs", [2, 7])
def test_rows_that_wrap_and_break_over_pages_are_found_where_they_stand(
    tmp_path: Path, paragraphs: int, ruled: bool
) -> None:
    data = plan_paper(paragraphs, ruled=ruled)
    (tmp_path / "a.docx").write_bytes(data)
    (document,), _ = take_in(tmp_path, Settings(processes=1))
    seen = seen_in_pdf(printed(data, "a.docx", "docx"))
    found = [exactness(document, span, seen) for span in sentences_of(document)]
    breaks = len(document.pages) - 1
    assert breaks >= 3 and len(found) >= 60
    assert set(found) <= {"exact", "hanging", "parted"}
    # without rules a line that ends several pages is taken for a running one: it has no boxes
    assert found.count("parted") <= (1 if ruled else 2) * breaks
