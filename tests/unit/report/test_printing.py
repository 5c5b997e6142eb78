"""Every report printed by the real programs: all of it on the page, no glyph missing, no cut."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import docx
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from auditor.cli.report import as_pdf
from auditor.core.result import Result
from auditor.report import write_report
from auditor.report.paper import Paper
from auditor.report.writer import APPEAL
from auditor.sheets.book import Book
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.report.full_city import STANDARD
from tests.unit.report.laden_city import laden_city
from tests.unit.report.printing import (
    NO_GLYPH,
    Margins,
    Shape,
    faults,
    needs_chromium,
    not_printed,
    printed_page,
    printed_paper,
    shapes_of_missing,
)

PAGE = Margins(13, 14, 13, 5)
PORTRAIT, LANDSCAPE = Margins(26, 22, 26, 7), Margins(22, 22, 22, 7)
SHEET = Margins(17, 7, 17, 7)
A4_PT = (595, 842)
STANDS_FOR_NONE = "〓"
ITEM = re.compile(r'<details class="item">.*?</section>\s*</details>\s*', re.DOTALL)
WIDE_TABLE = '<table style="width:1600px"><tr><td>{}</td><td>最右一栏</td></tr></table>'


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return laden_city(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(result, STANDARD, tmp_path_factory.mktemp("page"), "html")


Print = Callable[..., tuple[Path, bytes]]


@pytest.fixture(scope="module")
def printed(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Print:
    """A report and its print by LibreOffice, made once each."""
    folder = tmp_path_factory.mktemp("papers")

    @cache
    def of(name: str, lang: str = "zh") -> tuple[Path, bytes]:
        file = write_report(result, STANDARD, folder, name, lang)
        return file, printed_paper(file)

    return of


@pytest.fixture(scope="module")
def print_of_page(page: Path) -> bytes:
    return printed_page(page)


def changed(page: Path, folder: Path, change: Callable[[str], str]) -> Path:
    """A page with two of its items, changed."""
    whole = page.read_text("utf-8")
    items = ITEM.findall(whole)
    before = whole.replace("".join(items), "".join(items[:2]))
    assert len(before) < len(whole) / 2
    after = change(before)
    assert after != before
    file = folder / "changed.html"
    file.write_text(after, "utf-8")
    return file


def words_of_page(page: Path) -> str:
    """What a reader of the page may see, once all is unfolded."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    for gone in soup.select("script, style, title, .tools"):
        gone.decompose()
    return soup.get_text(" ")


@needs_chromium
@pytest.mark.slow
def test_a_printed_page_is_a4_and_shows_what_was_folded(page: Path, print_of_page: bytes) -> None:
    document = pypdfium2.PdfDocument(print_of_page)
    assert {tuple(round(x) for x in p.get_size()) for p in document} == {A4_PT}
    assert not not_printed(words_of_page(page), print_of_page)
    assert len(document) < 150


@needs_chromium
@pytest.mark.slow
def test_nothing_on_a_printed_page_is_cut_or_without_a_glyph(print_of_page: bytes) -> None:
    assert faults(print_of_page, PAGE) == []


@needs_chromium
@pytest.mark.slow
def test_the_heat_map_stands_on_one_page(print_of_page: bytes) -> None:
    """All items in one look: the last of the left half beside the last of the right."""
    pages = [p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(print_of_page)]
    last_items = [d.subdomains[-1].items[-1] for d in STANDARD.domains]
    heads = [f"{item.id} {item.name}" for item in last_items]
    assert any(all(head in text for head in heads) for text in pages)


@needs_chromium
@pytest.mark.slow
def test_a_page_that_keeps_its_folds_shut_is_found_out(page: Path, tmp_path: Path) -> None:
    def shut(text: str) -> str:
        return text.replace("details::details-content", "x").replace("'beforeprint'", "'x'")

    file = changed(page, tmp_path, shut)
    assert not_printed(words_of_page(file), printed_page(file)).total() > 1000


@needs_chromium
@pytest.mark.slow
def test_a_table_that_is_too_wide_and_a_missing_glyph_are_found_out(
    page: Path, tmp_path: Path
) -> None:
    wide = WIDE_TABLE.format("左" * 90)
    pdf = printed_page(
        changed(page, tmp_path, lambda text: text.replace("<main>", f"<main>{wide}"))
    )
    assert any("is outside" in fault for fault in faults(pdf, PAGE))
    odd = changed(page, tmp_path, lambda text: text.replace("<main>", f"<main>{NO_GLYPH}"))
    assert any("has no glyph" in fault for fault in faults(printed_page(odd), PAGE))


def without_glyph(file: bytes) -> bytes:
    """A DOCX or XLSX in which a sign of ours became one that no font has."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(STANDS_FOR_NONE.encode(), NO_GLYPH.encode()))
    return buffer.getvalue()


def paper_with(text: str, width_cm: float) -> bytes:
    """A paper with a text in every look that a paper has, and a table of a width."""
    paper = Paper("样张", portrait=True)
    paper.title(text, text)
    paper.heading(text)
    paper.heading(text, 2)
    paper.caption(text)
    paper.paragraph(text)
    paper.table((text, "头"), (width_cm / 2, width_cm / 2), [(text, "最右一栏")])
    return paper.close()


def book_with(text: str, width: float) -> bytes:
    book = Book("样张")
    book.table("表", text, [(f"{text}最右一栏", width)], [[text], ["末" * 200]])
    return book.close()


@pytest.fixture(scope="module")
def missing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shape, ...]:
    """How a glyph that no font has looks in prints of this machine."""
    folder = tmp_path_factory.mktemp("probe")
    shapes: list[Shape] = []
    for name, content in {
        "a.docx": paper_with(STANDS_FOR_NONE, 15),
        "b.docx": paper_with(f"字{STANDS_FOR_NONE}", 15),
        "c.xlsx": book_with(STANDS_FOR_NONE, 20),
        "d.xlsx": book_with(f"字{STANDS_FOR_NONE}", 20),
    }.items():
        (folder / name).write_bytes(without_glyph(content))
        shapes += shapes_of_missing(printed_paper(folder / name))
    assert len(shapes) >= 8
    return tuple(shapes)


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "margins"),
    [
        ("docx", PORTRAIT),
        ("letter", LANDSCAPE),
        ("site", LANDSCAPE),
        (APPEAL, LANDSCAPE),
        ("xlsx", SHEET),
    ],
)
def test_nothing_on_a_printed_paper_is_cut_or_without_a_glyph(
    printed: Print, missing: tuple[Shape, ...], name: str, margins: Margins
) -> None:
    file, pdf = printed(name)
    assert faults(pdf, margins, missing) == []
    assert not not_printed(words_of_sheets(file) if name == "xlsx" else words_of_paper(file), pdf)


@needs_office
@pytest.mark.slow
def test_the_longer_words_of_english_are_not_cut_either(printed: Print) -> None:
    for name, margins in (("letter", LANDSCAPE), ("site", LANDSCAPE), ("xlsx", SHEET)):
        assert faults(printed(name, "en")[1], margins) == []


def words_of_paper(file: Path) -> str:
    document = docx.Document(str(file))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def words_of_sheets(file: Path) -> str:
    texts = []
    for sheet in load_workbook(file):
        spans = [d for d in sheet.column_dimensions.values() if d.hidden]
        hidden = {number for d in spans for number in range(d.min, d.max + 1)}
        for row in sheet.iter_rows():
            texts += [str(cell.value or "") for cell in row if cell.column not in hidden]
    return "\n".join(texts)


@needs_office
@pytest.mark.slow
def test_no_page_of_the_official_report_is_empty(printed: Print) -> None:
    _, pdf = printed("docx")
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), 1):
        text = page.get_textpage().get_text_range()
        pictures = list(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,)))
        assert pictures or len(re.sub(r"\s|第\s*\d+\s*页\s*共\s*\d+\s*页", "", text)) > 9, number


@needs_office
@pytest.mark.slow
def test_wide_tables_and_missing_glyphs_on_papers_are_found_out(
    missing: tuple[Shape, ...], tmp_path: Path
) -> None:
    good, bad, sheet = (tmp_path / name for name in ("good.docx", "bad.docx", "bad.xlsx"))
    good.write_bytes(paper_with("门口的回国日志", 15.8))
    assert faults(printed_paper(good), PORTRAIT, missing) == []
    bad.write_bytes(without_glyph(paper_with(f"口{STANDS_FOR_NONE}", 26)))
    found = faults(printed_paper(bad), PORTRAIT, missing)
    assert any("is outside" in fault for fault in found)
    assert any("looks like a missing glyph" in fault for fault in found)
    sheet.write_bytes(book_with("门口", 160))
    assert any("outside" in fault for fault in faults(printed_paper(sheet), SHEET, missing))


@needs_office
@pytest.mark.slow
def test_a_character_that_no_font_has_leaves_its_neighbours_their_glyphs(
    missing: tuple[Shape, ...], tmp_path: Path
) -> None:
    """Papers with symbols of private use are common; a box stands for the one that is not there."""
    file = tmp_path / "a.docx"
    file.write_bytes(paper_with(f"全市{NO_GLYPH}平台", 15))
    pdf = printed_paper(file)
    assert not not_printed("全市□平台" * 8, pdf)
    assert [f for f in faults(pdf, PORTRAIT, missing) if "□" not in f] == []


@needs_office
@pytest.mark.slow
def test_a_print_that_lacks_rows_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """LibreOffice 7.4 loses the end of some tables whose rows may not be split."""
    whole, part = paper_with("全市统一平台", 15), paper_with("全市", 15)
    monkeypatch.setattr("auditor.cli.report.convert", lambda files, *_, **__: {"a.docx": pdf})
    file = tmp_path / "a.docx"
    file.write_bytes(whole)
    (tmp_path / "part.docx").write_bytes(part)
    pdf = printed_paper(file)
    as_pdf(file)
    assert capsys.readouterr().err == ""
    pdf = printed_paper(tmp_path / "part.docx")
    as_pdf(file)
    assert "少 32 个字" in capsys.readouterr().err
