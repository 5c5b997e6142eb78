"""Span -> boxes -> text: what stands inside the boxes of a span is the span, on any page."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
import pypdfium2
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.core.documents import Block, BlockKind, Document, HiddenText, Page, Span
from auditor.core.layout import BOX_BYTES, Corners, box_at, boxes_of, pack_box, pack_boxes
from auditor.ingest.content import Content
from auditor.ingest.dispatch import read_document
from auditor.ingest.office import convert
from auditor.ingest.taking import Settings, take_in
from auditor.ingest.transfer import dump_content, load_content
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.ingest.test_ofd import MM, ofd_of, page, text

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
WIDTH, HEIGHT = 595.0, 842.0
FONTS = ("STSong-Light", "Helvetica")
CHINESE = "临澜市数据治理平台热线受理诉求建成覆盖率为部门接入，。；"
LATIN = "ABCDYZabcdyz0123456789%"


@dataclass(frozen=True, slots=True)
class Placed:
    """A character as the file's maker placed it: page, centre from the top left as shown."""

    character: str
    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line to print: font, size, text, and its start from the bottom left, unturned."""

    font: str
    size: float
    text: str
    x: float
    y: float


def turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """From a point of the page (bottom left) to the page as shown (top left)."""
    return {
        0: (x, HEIGHT - y),
        90: (y, x),
        180: (WIDTH - x, y),
        270: (HEIGHT - y, WIDTH - x),
    }[turn]


def printed(pages: Sequence[Sequence[Line]], turn: int) -> tuple[bytes, list[Placed]]:
    """A PDF of the lines, and where each of its characters stands."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1)
    placed: list[Placed] = []
    for number, lines in enumerate(pages, start=1):
        for line in lines:
            canvas.setFont(line.font, line.size)
            canvas.drawString(line.x, line.y, line.text)
            for index, character in enumerate(line.text):
                start = pdfmetrics.stringWidth(line.text[:index], line.font, line.size)
                width = pdfmetrics.stringWidth(character, line.font, line.size)
                middle = line.x + start + width / 2, line.y + 0.3 * line.size
                placed.append(Placed(character, number, *turned(*middle, turn)))
        canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(buffer))
    for sheet in writer.pages:
        sheet.rotate(turn)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), placed


def inside(document: Document, span: Span, placed: Sequence[Placed]) -> Counter[str]:
    """The characters whose centre lies in a box of the span."""
    boxes = boxes_of(document, span)
    return Counter(
        p.character
        for p in placed
        if not p.character.isspace()
        and any(
            b.page == p.page and b.left <= p.x <= b.right and b.top <= p.y <= b.bottom
            for b in boxes
        )
    )


def wanted(document: Document, span: Span) -> Counter[str]:
    return Counter("".join(document.quote(span).split()))


def assert_pages_hold(document: Document) -> None:
    """Pages tile the text; every box lies on its page."""
    assert len(document.layout) == len(document.text) * BOX_BYTES
    ends = 0
    for paper in document.pages:
        assert paper.span.start == ends
        ends = paper.span.end
        for offset in range(paper.span.start, paper.span.end):
            box = box_at(document.layout, offset)
            if document.text[offset].isspace():
                continue
            assert box is not None, (document.text[offset], offset)
            assert 0 <= box[0] < box[2] <= paper.width + 0.1
            assert 0 <= box[1] < box[3] <= paper.height + 0.1
    assert ends == len(document.text)


def spans_of(document: Document, seed: int, count: int) -> list[Span]:
    """Random spans, short and long, and the whole text."""
    rng = random.Random(seed)
    length = len(document.text)
    spans = [Span(0, length)]
    for _ in range(count):
        start = rng.randrange(length)
        spans.append(Span(start, min(length, start + rng.choice((1, 3, 10, 40, 200)))))
    return spans


def written_in(alphabet: str, longest: int) -> st.SearchStrategy[str]:
    """A line that begins with a letter: a number alone would be taken for that of a page."""
    letters = "".join(c for c in alphabet if c.isalpha())
    rest = st.text(alphabet=alphabet, min_size=1, max_size=longest - 1)
    return st.builds(str.__add__, st.sampled_from(letters), rest)


@st.composite
def columns(draw: st.DrawFn) -> list[Line]:
    """A page of one or two columns in sizes and fonts of its own."""
    number = draw(st.sampled_from((1, 2)))
    size = draw(st.sampled_from((9.0, 10.5, 12.0)))
    lines = []
    for column in range(number):
        longest = int((210 if number == 2 else 440) / size)
        y = 740.0
        for _ in range(draw(st.integers(1, 14))):
            font = draw(st.sampled_from(FONTS))
            alphabet = CHINESE + LATIN if font == FONTS[0] else LATIN
            line = draw(written_in(alphabet, longest))
            lines.append(Line(font, size, line, 60 + 250 * column, y))
            y -= size * draw(st.sampled_from((1.5, 1.8, 3.0)))
    return lines


@given(
    st.lists(columns(), min_size=1, max_size=3),
    st.sampled_from((0, 0, 90, 180, 270)),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None, phases=QUICK)
def test_the_boxes_of_a_span_in_a_pdf_hold_its_characters(
    pages: list[list[Line]], turn: int, seed: int
) -> None:
    data, placed = printed(pages, turn)
    document = read_document(data, "a.pdf")
    assert_pages_hold(document)
    if len(pages) == 1:
        whole = Counter("".join(line.text for line in pages[0]))
        assert wanted(document, Span(0, len(document.text))) == whole
    for span in spans_of(document, seed, 20):
        assert inside(document, span, placed) == wanted(document, span), document.quote(span)


ofd_lines = st.lists(
    st.tuples(
        written_in(CHINESE + LATIN, 24),
        st.sampled_from((3.5, 4.2, 5.0)),
    ),
    min_size=1,
    max_size=16,
)


@given(st.lists(ofd_lines, min_size=1, max_size=3), st.integers(0, 1000))
@settings(max_examples=60, deadline=None, phases=QUICK)
def test_the_boxes_of_a_span_in_an_ofd_hold_its_characters(
    pages: list[list[tuple[str, float]]], seed: int
) -> None:
    placed: list[Placed] = []
    papers = []
    for number, lines in enumerate(pages, start=1):
        objects = []
        y = 40.0
        for written, size in lines:
            objects.append(text(written, 30, y, size))
            placed += [
                Placed(c, number, (30 + (i + 0.5) * size) * MM, (y + size / 2) * MM)
                for i, c in enumerate(written)
            ]
            y += size * 2
        papers.append(page(*objects))
    document = read_document(ofd_of(*papers), "a.ofd")
    assert_pages_hold(document)
    for span in spans_of(document, seed, 20):
        assert inside(document, span, placed) == wanted(document, span), document.quote(span)


def word_paper(seed: int) -> bytes:
    """A DOCX of several pages: headings, long and short paragraphs, a table."""
    rng = random.Random(seed)
    word = docx.Document()
    for number in range(30):
        if number % 7 == 0:
            word.add_heading(f"第{number}部分 城市治理", 1)
        word.add_paragraph(
            "".join(rng.choices(CHINESE[:-3] * 3 + LATIN, k=rng.choice((8, 60, 240))))
        )
    table = word.add_table(rows=0, cols=3)
    for row in range(8):
        for cell in table.add_row().cells:
            cell.text = "".join(rng.choices(CHINESE[:-3], k=2 + row))
    word.add_paragraph("表后的最后一段。")
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def pdf_characters(data: bytes) -> list[Placed]:
    """Where pdfium sees the characters of a PDF."""
    document = pypdfium2.PdfDocument(data)
    placed = []
    for index in range(len(document)):
        paper = document[index]
        seen = paper.get_textpage()
        height = paper.get_height()
        for at in range(seen.count_chars()):
            left, bottom, right, top = seen.get_charbox(at, loose=True)
            character = seen.get_text_range(at, 1)
            placed.append(
                Placed(character, index + 1, (left + right) / 2, height - (bottom + top) / 2)
            )
    document.close()
    return placed


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_boxes_of_a_span_in_a_word_file_hold_its_characters(tmp_path: Path, seed: int) -> None:
    data = word_paper(seed)
    (tmp_path / "a.docx").write_bytes(data)
    (document,), _ = take_in(tmp_path, Settings(processes=1))
    made = convert({"a.docx": data}, "pdf")["a.docx"]
    assert isinstance(made, bytes) and document.paged_by == "conversion"
    placed = pdf_characters(made)
    printed_alone = [i for i, c in enumerate(document.text) if not c.isspace() and c != "|"]
    known = [i for i in printed_alone if box_at(document.layout, i) is not None]
    assert len(known) >= 0.95 * len(printed_alone)
    for span in spans_of(document, seed, 200):
        boxed = Counter(document.text[i] for i in known if span.start <= i < span.end)
        assert inside(document, span, placed) == boxed, document.quote(span)
        for box in boxes_of(document, span):
            paper = document.pages[box.page - 1]
            assert 0 <= box.left < box.right <= paper.width + 1
            assert 0 <= box.top < box.bottom <= paper.height + 1


numbers = st.floats(0, 2000, allow_nan=False, width=32)
words = st.text(max_size=20)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Any content, sound or not: what crosses the pipe is not judged there."""
    spans = st.builds(Span, st.integers(0, 50), st.integers(50, 100))
    written = draw(st.text(st.characters(exclude_categories=()), max_size=60))
    blocks = st.builds(
        Block, st.sampled_from(BlockKind), spans, st.integers(0, 9),
        st.lists(words, max_size=3).map(tuple), words,
    )  # fmt: skip
    pages = st.builds(
        Page, st.integers(1, 9), spans, numbers, numbers, st.sampled_from(("text", "ocr")),
        numbers, st.none() | numbers, st.sampled_from((0, 90)), words,
    )  # fmt: skip
    hidden = st.builds(HiddenText, words, words, st.none() | st.integers(1, 9))
    return Content(
        text=written,
        blocks=tuple(draw(st.lists(blocks, max_size=4))),
        pages=tuple(draw(st.lists(pages, max_size=3))),
        title=draw(words),
        warnings=tuple(draw(st.lists(words, max_size=3))),
        layout=draw(st.binary(max_size=64)),
        hidden=tuple(draw(st.lists(hidden, max_size=3))),
        paged_by=draw(st.sampled_from(("", "conversion"))),
    )


@given(contents())
def test_a_content_crosses_the_pipe_unchanged(content: Content) -> None:
    assert load_content(dump_content(content)) == content


@given(contents(), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_content_is_a_value_error_or_a_content(
    content: Content, place: int, change: int
) -> None:
    data = bytearray(dump_content(content))
    data[place % len(data)] ^= change
    for damaged in (bytes(data), bytes(data[: place % len(data)])):
        try:
            assert isinstance(load_content(damaged), Content)
        except ValueError:
            continue


corners = st.tuples(*[st.floats(0, 6553, allow_nan=False)] * 4)


@given(corners)
def test_a_packed_box_is_right_to_a_tenth_of_a_point(box: Corners) -> None:
    found = box_at(pack_box(box), 0)
    assert found is None or max(abs(a - b) for a, b in zip(found, box, strict=True)) <= 0.0501
    assert found is not None or max(box) < 0.05


@given(st.lists(st.none() | st.tuples(*[st.floats(-1e6, 1e6, allow_nan=False)] * 4), max_size=8))
def test_boxes_out_of_reach_are_clipped(boxes: list[Corners | None]) -> None:
    packed = pack_boxes(boxes)
    assert len(packed) == BOX_BYTES * len(boxes)
    for index, box in enumerate(boxes):
        found = box_at(packed, index)
        if box is not None and min(box) > 0.1 and found is not None:
            assert all(0 <= value <= 6553.5 for value in found)
