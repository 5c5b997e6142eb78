"""Highlights: the text under the boxes of a quote is the quote, as other programs read the page."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from auditor.core.documents import Document, Page, Span
from auditor.core.highlights import PageBox, characters_of, highlight_boxes, span_at
from auditor.core.layout import Corners, box_at, boxes_of, pack_boxes
from auditor.ingest.dispatch import read_document
from auditor.ingest.pictures import picture_pool, printed
from auditor.ingest.taking import Settings, take_in
from tests.unit.ingest.ofd_samples import AREA, ofd_of, page, templated, text
from tests.unit.ingest.seen_samples import (
    Seen,
    exactness,
    likeness,
    seen_in_ofd,
    seen_in_pdf,
    sentences_of,
)
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.ingest.test_pictures import needs_font
from tests.unit.ingest.test_positions import CHINESE, Line
from tests.unit.ingest.test_positions import printed as pdf_printed
from tests.unit.ingest.test_readers import pdf_of, word_of

PARAGRAPHS = (
    "全市建成城市大脑，接入部门45个。热线受理诉求186万件！按时办结率达到98.6%；满意度持续提升。",
    "公共数据平台归集数据3.2亿条，覆盖全部区县。",
    "推进AI助手、IOC大屏和5G专网建设，拟于2026年底前全面建成。",
)


def lines_of(width: int) -> list[str]:
    return [p[at : at + width] for p in PARAGRAPHS for at in range(0, len(p), width)]


def own_pdf() -> bytes:
    one = [Line("STSong-Light", 12, w, 60, 760 - 22 * n) for n, w in enumerate(lines_of(30))]
    two = [
        Line("STSong-Light", 10, w, 60 + 250 * (n % 2), 700 - 18 * (n // 2))
        for n, w in enumerate(lines_of(18))
    ]
    return pdf_printed([one, two], 0)[0]


def own_ofd(size: float = 5, squeezed: str = "") -> bytes:
    """Two pages of lines; figures and letters take half the step of the others."""

    def line(written: str, y: float) -> str:
        steps = [size * (0.5 if c.isascii() else 1.05) for c in written[:-1]]
        delta = f' DeltaX="{" ".join(f"{step:.3f}" for step in steps)}"'
        return text(written, 25, y, size, delta=delta, more=squeezed)

    first = [line(w, 40 + 9 * n) for n, w in enumerate(lines_of(24))]
    second = [line(w, 60 + 9 * n) for n, w in enumerate(lines_of(20))]
    small = AREA.replace("210 297", "190 260")
    return ofd_of(page(*first), page(*second, head=small))


OWN = {
    "pdf": (own_pdf, seen_in_pdf),
    "ofd": (own_ofd, seen_in_ofd),
    "ofd, squeezed": (lambda: own_ofd(4.2, 'HScale="0.9"'), seen_in_ofd),
}


@pytest.mark.parametrize("kind", OWN)
def test_the_text_under_the_highlight_of_a_quote_is_the_quote(kind: str) -> None:
    make, see = OWN[kind]
    data = make()
    document = read_document(data, f"a.{kind[:3]}")
    seen = see(data)
    found = [exactness(document, span, seen) for span in sentences_of(document)]
    assert len(found) >= 8 and set(found) == {"exact"}


@needs_office
@pytest.mark.slow
def test_the_highlights_of_a_word_file_hold_in_its_conversion(tmp_path: Path) -> None:
    rng = random.Random(5)
    invented = ["".join(rng.choices(CHINESE, k=rng.choice((20, 70, 150)))) for _ in range(30)]
    table = [["平台", "接入部门", "状态"], ["城市大脑", "45个部门", "已建成运行"]]
    heads = ("# 一、数字底座", "# 二、数据治理")
    data = word_of(heads[0], *PARAGRAPHS, heads[1], *invented, table=table)
    (tmp_path / "a.docx").write_bytes(data)
    (document,), _ = take_in(tmp_path, Settings(processes=1))
    seen = seen_in_pdf(printed(data, "a.docx", "docx"))
    found = [exactness(document, span, seen) for span in sentences_of(document)]
    assert len(found) >= 30 and set(found) <= {"exact", "hanging"}
    assert found.count("exact") >= 0.8 * len(found)


@needs_font
@pytest.mark.slow
def test_the_highlights_of_a_scan_hold_on_its_picture() -> None:
    pytest.importorskip("rapidocr")
    with picture_pool(1) as pool:
        scan = pool.page_picture(pdf_of(lines_of(28)), "a.pdf", "pdf", 1, 1600)
        document = read_document(scan, "a.png")
        pictures = {1: Image.open(io.BytesIO(pool.page_picture(scan, "a.png", "image", 1, 1200)))}
    spans = sentences_of(document)
    assert len(spans) >= 5
    assert min(likeness(document, span, pictures) for span in spans) >= 90


def test_a_wrong_highlight_is_noticed() -> None:
    data = own_pdf()
    document = read_document(data, "a.pdf")
    seen = seen_in_pdf(data)
    moved = [Seen(s.character, s.page, s.x, s.y + 0.02) for s in seen]
    found = [exactness(document, span, moved) for span in sentences_of(document)]
    assert "exact" not in found and "wrong" in found


def laid_out(
    written: str, boxes: Sequence[Corners | None], spans: Sequence[tuple[int, int]], turn: int = 0
) -> Document:
    """A document of pages of 200 x 400 points."""
    pages = [Page(n, Span(*s), 200, 400, rotation=turn) for n, s in enumerate(spans, start=1)]
    return Document("甲", "", "pdf", written, (), tuple(pages), layout=pack_boxes(boxes))


GRID: list[Corners] = [(20.0 + 10 * (n % 5), 40.0 + 20 * (n // 5), 30.0 + 10 * (n % 5),
                        50.0 + 20 * (n // 5)) for n in range(10)]  # fmt: skip
PAPER = laid_out("甲乙丙丁戊\n己庚辛壬癸\n", [*GRID[:5], None, *GRID[5:], None], [(0, 6), (6, 12)])


def test_boxes_are_fractions_of_their_page() -> None:
    assert highlight_boxes(PAPER, Span(1, 3)) == (PageBox(1, 0.15, 0.1, 0.25, 0.125),)
    both = highlight_boxes(PAPER, Span(3, 8))
    assert [box.page for box in both] == [1, 2]
    assert highlight_boxes(PAPER, Span(3, 8), 2) == both[1:] == highlight_boxes(PAPER, Span(6, 8))
    assert highlight_boxes(PAPER, Span(3, 8), 3) == () == highlight_boxes(PAPER, Span(5, 6))


def test_a_document_without_places_has_no_highlights() -> None:
    plain = Document("甲", "", "txt", "甲乙", ())
    sizeless = Document("甲", "", "pdf", "甲", (), (Page(1, Span(0, 1)),), layout=PAPER.layout[:8])
    for document in (plain, sizeless):
        assert highlight_boxes(document, Span(0, 1)) == () == characters_of(document, 1)
        assert span_at(document, 1, [(0, 0, 1, 1)]) is None


def test_a_rectangle_selects_the_characters_whose_middles_it_holds() -> None:
    # from the middle of 乙 to that of 丁, drawn from the lower right to the upper left
    assert span_at(PAPER, 1, [(0.28, 0.2, 0.18, 0.0)]) == Span(2, 4)
    assert span_at(PAPER, 1, [(0.1, 0.1, 0.14, 0.2), (0.2, 0.1, 0.24, 0.2)]) == Span(0, 3)
    assert span_at(PAPER, 2, [(0, 0, 1, 1)]) == Span(6, 11)
    assert span_at(PAPER, 1, [(0.5, 0.5, 1, 1)]) is None and span_at(PAPER, 1, []) is None
    assert span_at(PAPER, 3, [(0, 0, 1, 1)]) is None


def test_the_lines_of_a_page_say_where_their_characters_begin() -> None:
    (line,) = characters_of(PAPER, 2)
    assert line.span == Span(6, 11) and line.direction == 0
    assert line.box == (0.1, 0.15, 0.35, 0.175)
    assert line.edges == (0.1, 0.15, 0.2, 0.25, 0.3, 0.35)
    gapped = laid_out("甲 乙", [GRID[0], None, GRID[2]], [(0, 3)])
    (line,) = characters_of(gapped, 1)
    assert line.edges == (0.1, 0.15, 0.2, 0.25)
    apart = laid_out("甲乙丙", [GRID[4], GRID[0], (150.0, 40.0, 160.0, 50.0)], [(0, 3)])
    assert [line.span for line in characters_of(apart, 1)] == [Span(0, 1), Span(1, 2), Span(2, 3)]


@pytest.mark.parametrize(
    ("turn", "edges"),
    [(90, (0.1, 0.15, 0.2)), (180, (0.9, 0.8, 0.7)), (270, (0.9, 0.85, 0.8))],
)
def test_turned_print_has_its_edges_in_reading_direction(
    turn: int, edges: tuple[float, ...]
) -> None:
    boxes: dict[int, list[Corners]] = {
        90: [(50, 40, 60, 60), (50, 60, 60, 80)],
        180: [(160, 40, 180, 50), (140, 40, 160, 50)],
        270: [(50, 340, 60, 360), (50, 320, 60, 340)],
    }
    (line,) = characters_of(laid_out("甲乙", boxes[turn], [(0, 2)], turn), 1)
    assert line.direction == turn and line.edges == edges


papers = st.sampled_from(
    [
        read_document(own_pdf(), "a.pdf"),
        read_document(own_ofd(), "a.ofd"),
        read_document(templated([text("正文一行"), text("又一行", y=80)], text("页眉", y=20),
                                text("页脚", y=280)), "a.ofd"),
        read_document(pdf_printed([[Line("STSong-Light", 12, "临澜市数据治理", 60, 500)]], 90)[0],
                      "a.pdf"),
    ]
)  # fmt: skip


@given(papers, st.data())
@settings(deadline=None)
def test_what_a_highlight_covers_selects_the_span_again(
    document: Document, data: st.DataObject
) -> None:
    sheet = data.draw(st.sampled_from([p for p in document.pages if p.span.end > p.span.start]))
    start = data.draw(st.integers(sheet.span.start, sheet.span.end - 1))
    span = Span(start, data.draw(st.integers(start + 1, sheet.span.end)))
    boxes = highlight_boxes(document, span, sheet.number)
    assert len(boxes) == len(boxes_of(document, span))
    printed_there = [i for i in range(span.start, span.end) if box_at(document.layout, i)]
    found = span_at(document, sheet.number, [(b.left, b.top, b.right, b.bottom) for b in boxes])
    if printed_there:
        assert found == Span(printed_there[0], printed_there[-1] + 1)
    else:
        assert found is None and boxes == ()


@given(papers)
@settings(deadline=None)
def test_the_lines_of_a_page_hold_each_printed_character_once(document: Document) -> None:
    for sheet in document.pages:
        lines = characters_of(document, sheet.number)
        held = [i for line in lines for i in range(line.span.start, line.span.end)]
        places = [i for i in range(sheet.span.start, sheet.span.end) if box_at(document.layout, i)]
        assert len(set(held)) == len(held) and set(places) <= set(held)
        assert sum(len(line.edges) for line in lines) == len(held) + len(lines)
        for line in lines:
            pairs = list(zip(line.edges, line.edges[1:], strict=False))
            forwards = line.direction in (0, 90)
            assert all(a <= b if forwards else a >= b for a, b in pairs)
            assert min(line.edges) >= 0 and max(line.edges) <= 1
