"""Highlights: the text under the boxes of a quote is the quote, as other programs read the page."""

from __future__ import annotations

import io
import random
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pdfplumber
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rapidfuzz.fuzz import ratio

from auditor.core.documents import Document, Page, Span
from auditor.core.highlights import PageBox, characters_of, highlight_boxes, span_at
from auditor.core.layout import Corners, box_at, boxes_of, pack_boxes
from auditor.ingest.dispatch import read_document
from auditor.ingest.pictures import picture_pool, printed
from auditor.ingest.taking import Settings, take_in
from auditor.passages.tiling import pieces_of
from tests.unit.ingest.ofd_samples import AREA, ofd_of, page, templated, text
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.ingest.test_pictures import needs_font
from tests.unit.ingest.test_positions import CHINESE, Line
from tests.unit.ingest.test_positions import printed as pdf_printed
from tests.unit.ingest.test_readers import pdf_of, word_of

HANGING = frozenset("。；！？，、：")
"""LibreOffice leaves these out where they would hang over a line's end: the page lacks them."""
GRAIN = 0.0002
"""Less than a tenth of a point on a page: what boxes are rounded to."""
LEAST_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """A character as another program sees it: page, and centre as fractions of the page."""

    character: str
    page: int
    x: float
    y: float


def folded(written: str) -> str:
    """Without white space and cell borders, in compatible forms."""
    return "".join(unicodedata.normalize("NFKC", written.replace("|", "")).split())


def seen_in_pdf(data: bytes) -> list[Seen]:
    """The characters of a PDF as pdfplumber (pdfminer) places them."""
    found = []
    with pdfplumber.open(io.BytesIO(data)) as paper:
        for sheet in paper.pages:
            width, height = float(sheet.width), float(sheet.height)
            for char in sheet.chars:
                x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
                found.append(Seen(char["text"], sheet.page_number, x / width, y / height))
    return [seen for seen in found if not seen.character.isspace()]


def seen_in_ofd(data: bytes) -> list[Seen]:
    """The characters of the pages of a plain OFD: no matrices, no templates."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        root = ElementTree.fromstring(package.read("Doc_0/Document.xml"))
        for number, leaf in enumerate(root.findall("./{*}Pages/{*}Page"), start=1):
            sheet = ElementTree.fromstring(package.read(f"Doc_0/{leaf.get('BaseLoc')}"))
            box = sheet.find("./{*}Area/{*}PhysicalBox")
            box = root.find(".//{*}PhysicalBox") if box is None else box
            assert box is not None and box.text
            *_, width, height = (float(part) for part in box.text.split())
            for item in sheet.findall(".//{*}TextObject"):
                for character, x, y in _placed(item):
                    found.append(Seen(character, number, x / width, y / height))
    return [seen for seen in found if not seen.character.isspace()]


def _placed(item: ElementTree.Element) -> Iterator[tuple[str, float, float]]:
    """Characters and their middles in millimetres."""
    left, top = (float(part) for part in item.get("Boundary", "").split()[:2])
    size = float(item.get("Size", "0"))
    wide = size * float(item.get("HScale", "1"))
    for code in item.findall("{*}TextCode"):
        x, y = left + float(code.get("X", "0")), top + float(code.get("Y", "0"))
        yield from _walked(code, _steps(code.get("DeltaX", "")), (x, y), (wide, size))


def _steps(written: str) -> list[float]:
    """The steps between characters; ``g 3 5`` stands for three of five millimetres."""
    parts = iter(written.split())
    steps: list[float] = []
    for part in parts:
        times = int(next(parts)) if part == "g" else 1
        steps += [float(next(parts) if part == "g" else part)] * times
    return steps


def _walked(
    code: ElementTree.Element,
    steps: list[float],
    start: tuple[float, float],
    sides: tuple[float, float],
) -> Iterator[tuple[str, float, float]]:
    x, y = start
    wide, size = sides
    for index, character in enumerate(code.text or ""):
        step = steps[min(index, len(steps) - 1)] if steps else wide
        yield character, x + min(step, wide) / 2, y - 0.35 * size
        x += step


def under(boxes: Sequence[PageBox], page: Sequence[Seen]) -> str:
    """The characters whose middles lie in the boxes: box by box, from left to right."""
    taken: set[int] = set()
    said = ""
    for box in boxes:
        inside = [
            (seen.x, index)
            for index, seen in enumerate(page)
            if index not in taken
            and seen.page == box.page
            and box.left + GRAIN < seen.x < box.right - GRAIN
            and box.top < seen.y < box.bottom
        ]
        taken |= {index for _, index in inside}
        said += "".join(page[index].character for _, index in sorted(inside))
    return folded(said)


def exactness(document: Document, span: Span, seen: Sequence[Seen]) -> str:
    """How the text under the boxes of a span compares with its quote.

    ``exact``; ``order``: the same characters, otherwise sorted (in tables); ``hanging``: exact but
    for marks that the page itself leaves out at line ends; else ``wrong``.
    """
    quote = folded(document.quote(span))
    said = under(highlight_boxes(document, span), seen)
    if said == quote:
        return "exact"
    if sorted(said) == sorted(quote):
        return "order"
    boxed = [i for i in range(span.start, span.end) if box_at(document.layout, i) is not None]
    lacking = {document.text[i] for i in set(range(span.start, span.end)) - set(boxed)}
    marks = {c for c in lacking if c != "|" and not c.isspace()}
    shown = folded("".join(document.text[i] for i in boxed))
    return "hanging" if marks <= HANGING and said == shown else "wrong"


def sentences_of(document: Document) -> list[Span]:
    """The sentences that are long enough to be cited."""
    spans = [piece.span for piece in pieces_of(document)]
    return [s for s in spans if len(folded(document.quote(s))) >= LEAST_CHARACTERS]


def likeness(document: Document, span: Span, pictures: dict[int, Image.Image]) -> float:
    """How alike (0 to 100) a quote is to what the character recognition reads in its boxes."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})
    said = ""
    for box in highlight_boxes(document, span):
        image = pictures[box.page].convert("RGB")
        across, down = image.size
        more = 0.1 * (box.bottom - box.top) * down
        edges = (
            int(box.left * across - more),
            int(box.top * down - more),
            int(box.right * across + more) + 1,
            int(box.bottom * down + more) + 1,
        )
        pixels = np.asarray(image.crop(edges))[:, :, ::-1]
        found = engine(pixels, use_det=False, use_cls=False, use_rec=True)
        said += "".join(found.txts or ())
    return float(ratio(folded(document.quote(span)), folded(said)))


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
