"""The truth of the intake corpus is what its pages print; its measures tell right from wrong."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from auditor.core.documents import Block, BlockKind, Document, Page, Span
from auditor.core.layout import NO_BOX, pack_box, pack_boxes
from eval.intake_corpus import load_truth, make_corpus, plain_files, predefined_cmaps
from eval.intake_corpus_base import Made
from eval.intake_corpus_glyphs import moved, page_glyphs
from eval.intake_corpus_layout import Form, Setter, Sheet
from eval.intake_corpus_measure import (
    Places,
    check_boxes,
    fold,
    lost_items,
    score,
    unread,
)
from eval.intake_corpus_ofd import write_ofd
from eval.intake_corpus_pdf import FONT_FOLDER, FONTS
from eval.intake_corpus_raw import half_or_full, write_cmap_pdf
from eval.intake_corpus_text import Item, Writer

needs_fonts = pytest.mark.skipif(
    not all((FONT_FOLDER / file).is_file() for file in FONTS.values()),
    reason="the fonts of the intake corpus are not installed",
)


def a_paper() -> list[Item]:
    items = Writer(5).paper(500)
    items[2:2] = Writer(6).table(3, long_cells=True)
    return items


def set_paper(items: list[Item], **form: float) -> list[Sheet]:
    return Setter(Form(header="页眉", **form), half_or_full).set_paper(items)  # type: ignore[arg-type]


def text_of(items: tuple[Item, ...] | list[Item]) -> str:
    return "".join(fold(item.text) for item in items)


def nowhere() -> Places:
    return Places(Made("a.txt", "txt", False, ()), None, b"")


def steps_of(delta: str) -> int:
    """How many steps a DeltaX states: ``g n v`` stands for n times v."""
    groups = re.findall(r"g (\d+) [\d.]+", delta)
    return sum(map(int, groups)) + len(re.sub(r"g \d+ [\d.]+", "", delta).split())


def a_document(texts: list[str]) -> Document:
    blocks, text = [], ""
    for part in texts:
        blocks.append(Block(BlockKind.PARAGRAPH, Span(len(text), len(text) + len(part))))
        text += part + "\n"
    return Document("a.txt", "0" * 64, "txt", text, tuple(blocks))


def test_the_same_seed_writes_the_same_paper_and_another_seed_another() -> None:
    assert Writer(3).paper(800) == Writer(3).paper(800)
    assert Writer(3).paper(800) != Writer(4).paper(800)


def test_every_character_of_a_paper_is_set_once_and_in_order_within_its_item() -> None:
    items = a_paper()
    lines = [line for sheet in set_paper(items) for line in sheet.lines]
    for index, item in enumerate(items):
        printed = "".join(line.text for line in lines if line.item == index)
        assert printed == item.text.replace("\t", "")
    assert all(len(line.xs) == len(line.text) for line in lines)


@pytest.mark.parametrize("columns", [1, 2])
def test_no_line_leaves_its_page(columns: int) -> None:
    for sheet in set_paper(a_paper(), columns=columns):
        for line in sheet.lines:
            assert line.xs[0] >= 0 and line.xs[-1] + line.size <= sheet.width
            assert line.size <= line.y <= sheet.height


def test_a_page_with_a_gbk_cmap_shows_its_truth_and_its_running_header(tmp_path: Path) -> None:
    items = a_paper()
    sheets = set_paper(items)
    write_cmap_pdf(sheets, tmp_path / "a.pdf", "GBK-EUC-H")
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    read = sorted(fold("".join(page.get_textpage().get_text_range() for page in document)))
    running = sum(len(fold(x.text)) for s in sheets for x in s.lines if x.item < 0)
    document.close()
    assert len(read) == len(text_of(items)) + running
    for character in text_of(items):
        read.remove(character)


def test_an_ofd_holds_every_line_with_one_step_fewer_than_characters(tmp_path: Path) -> None:
    items = a_paper()
    write_ofd(set_paper(items), tmp_path / "a.ofd", "template")
    with zipfile.ZipFile(tmp_path / "a.ofd") as package:
        pages = [n for n in package.namelist() if "/Pages/" in n]
        body = "".join(package.read(name).decode() for name in pages)
        template = package.read("Doc_0/Tpls/Tpl_0/Content.xml").decode()
    assert "页眉" in template and "页眉" not in body
    codes = re.findall(r'<ofd:TextCode X="0" Y="[\d.]+"(?: DeltaX="([^"]*)")?>([^<]*)<', body)
    lines = [line.text for sheet in set_paper(items) for line in sheet.lines]
    assert [text for _, text in codes] == [text for text in lines if text != "页眉"]
    assert all(steps_of(delta) == len(text) - 1 for delta, text in codes)


def test_text_files_hold_their_truth_and_the_truth_is_read_back(tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    if not all((FONT_FOLDER / file).is_file() for file in FONTS.values()):
        pytest.skip("the fonts of the intake corpus are not installed")
    made = make_corpus(tmp_path / "corpus", quick=True, makers=(plain_files,))
    assert sorted(load_truth(tmp_path / "corpus"), key=str) == sorted(made, key=str)
    big5 = next(m for m in made if m.file == "text_big5.txt")
    written = (tmp_path / "corpus" / "files" / big5.file).read_bytes().decode("big5")
    assert fold(written) == text_of(big5.items)
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "corpus" / "files" / big5.file).read_bytes().decode("utf-8")


@needs_fonts
def test_the_corpus_has_a_file_for_every_predefined_cmap(tmp_path: Path) -> None:
    made = make_corpus(tmp_path / "corpus", makers=(predefined_cmaps,))
    assert [m.file for m in made] == [
        "cmap_GBK-EUC-H.pdf",
        "cmap_GBKp-EUC-H.pdf",
        "cmap_GB-EUC-H.pdf",
        "cmap_UniGB-UCS2-H.pdf",
        "cmap_UniGB-UTF16-H.pdf",
    ]


def test_folding_makes_widths_quotes_and_white_space_one() -> None:
    assert fold("“５Ｇ＋　基站”（一） | 〔2023〕") == fold('"5G+基站"(一)〔2023〕')
    assert fold("80%") != fold("30%")


def test_a_text_read_as_printed_scores_one_and_loses_nothing() -> None:
    made = Made("a.txt", "txt", False, (Item("title", "通　知"), Item("para", "完成率达95.5%。")))
    result = score(made, a_document(["通 知", "完成率达９５.5%。"]), nowhere())
    assert (result.accuracy, result.lost) == (1.0, ())


def test_swapped_paragraphs_cost_characters_but_no_paragraph() -> None:
    made = Made("a.txt", "txt", False, (Item("para", "第一段文字"), Item("para", "其二一段话")))
    result = score(made, a_document(["其二一段话", "第一段文字"]), nowhere())
    assert result.accuracy < 0.5 and result.lost == ()


def test_a_footnote_may_stand_anywhere_but_must_be_there() -> None:
    items = (Item("para", "正文一1"), Item("note", "1 数据来源"), Item("para", "正文二"))
    made = Made("a.pdf", "pdf", True, items)
    assert score(made, a_document(["正文一1", "正文二", "1数据来源"]), nowhere()).accuracy == 1.0
    missing = score(made, a_document(["正文一1", "正文二"]), nowhere())
    assert missing.distance == len("1数据来源") and missing.lost == (items[1],)


def test_a_paragraph_cut_in_two_is_lost_and_a_line_of_a_form_is_not() -> None:
    items = (Item("para", "甲乙丙丁"), Item("form", "临政发〔2024〕1号\t签发人"))
    made = Made("a.txt", "txt", False, items)
    document = a_document(["甲乙", "丙丁", "临政发〔2024〕1号", "签发人"])
    assert lost_items(made, document) == [items[0]]


def test_scans_find_a_paragraph_with_one_wrong_character_in_twenty_and_texts_do_not() -> None:
    printed = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"
    made = Made("a.pdf", "scan", True, (Item("para", printed),))
    document = a_document([printed.replace("己", "已")])
    assert lost_items(made, document) == []
    assert len(lost_items(replace(made, scan=False), document)) == 1


def test_a_file_that_is_not_read_scores_nothing() -> None:
    made = Made("a.ofd", "ofd", False, (Item("para", "甲乙"),))
    result = unread(made, "no reader")
    assert (result.accuracy, len(result.lost), result.unread) == (0.0, 1, "no reader")


def boxed_document(data: bytes, shift: float) -> Document:
    """The lines of the first page with the boxes of their glyphs, moved down by ``shift``."""
    glyphs = page_glyphs(data, 1)
    text, blocks, layout = "", [], b""
    rows = {round(y): [g for g in glyphs if round(g[2]) == round(y)] for _, _, y in glyphs}
    for _, row in sorted(rows.items()):
        row.sort(key=lambda g: g[1])
        blocks.append(Block(BlockKind.PARAGRAPH, Span(len(text), len(text) + len(row))))
        text += "".join(g[0] for g in row) + "\n"
        layout += pack_boxes((x - 0.5, y + shift - 5, x + 0.5, y + shift + 5) for _, x, y in row)
        layout += NO_BOX
    page = Page(1, Span(0, len(text)), 595, 842)
    return Document("a.pdf", "0" * 64, "pdf", text, tuple(blocks), (page,), layout=layout)


@pytest.mark.parametrize(("shift", "least", "most"), [(0.0, 1.0, 1.0), (27.0, 0.0, 0.2)])
def test_boxes_are_right_where_they_are_and_wrong_a_line_further_down(
    tmp_path: Path, shift: float, least: float, most: float
) -> None:
    write_cmap_pdf(set_paper(Writer(2).paper(300)), tmp_path / "a.pdf", "UniGB-UCS2-H")
    data = (tmp_path / "a.pdf").read_bytes()
    places = Places(Made("a.pdf", "pdf", False, ()), None, data)
    asked, right = check_boxes(boxed_document(data, shift), places)
    assert asked > 0 and least <= right / asked <= most


def test_no_boxes_are_asked_of_a_document_without_layout() -> None:
    assert check_boxes(a_document(["甲乙丙"]), nowhere()) == (0, 0)
    assert len(pack_box((1.0, 2.0, 3.0, 4.0))) == len(NO_BOX)


def test_a_turned_scan_moves_the_upper_left_corner_to_the_upper_right() -> None:
    (glyph,) = moved([("甲", 10.0, 20.0)], (595.0, 842.0), 0.0, 90)
    assert glyph == ("甲", 822.0, 10.0)
    (skewed,) = moved([("甲", 595.0, 421.0)], (595.0, 842.0), 1.0, 0)
    assert skewed[2] < 421.0 - 5  # anticlockwise: the right edge goes up
